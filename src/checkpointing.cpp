// SPDX-License-Identifier: Apache-2.0
#include "checkpointing.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "running.h"
#include "thrown.h"

namespace streamz {

namespace {

std::size_t count_stages(const Graph& graph) {
  return static_cast<std::size_t>(std::count_if(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    return node.copy_of == nullptr && !node.is_private;
  }));
}

Source& source_of(const Node& node) { return static_cast<Source&>(*node.object); }

// Of a copy nothing is kept: it has no state, and comes to its end again.
Progress progress_of(const Node& node) {
  if (node.lane != nullptr) return Progress::open;
  return std::max(node.came, node.finished ? Progress::finished : node.flushing ? Progress::flushed : Progress::open);
}

}  // namespace

std::string identity_of(const Chain& chain, const Graph& graph) {
  std::string text = chain.to_string();
  for (const Node& node : graph.nodes) {
    if (node.stage != nullptr || node.is_private || node.copy_of != nullptr) continue;
    text += fmt::format(" ; {}", node.label);
    for (const Argument& argument : node.arguments) text += fmt::format(" {}={}", argument.param, argument.value);
  }
  return masked(text);
}

Checkpointing::Checkpointing(Run& run, Graph& graph, std::string chain)
    : run_(run),
      graph_(graph),
      stages_(count_stages(graph)),
      directory_(run.options().checkpoint),
      chain_(std::move(chain)) {
  if (run.options().fresh) directory_.clear();
  for (Node& node : graph.nodes) {
    if (!node.spec->exactly_once.empty() && node.has(node.spec->exactly_once)) committing_ = &node;
  }
  std::optional<std::int64_t> committed;
  if (committing_ != nullptr) committed = source_of(*committing_).committed_checkpoint();
  std::string warning;
  from_ = directory_.read(warning, committed);
  number_ = from_ ? from_->number : committed.value_or(0);
  if (!warning.empty()) fmt::print(stderr, "streamz: warning: {}\n", warning);
  if (from_ && from_->chain != chain_) {
    throw Error(fmt::format("--checkpoint {}: it is of another chain\n  then: {}\n  now:  {}",
                            directory_.path().string(), from_->chain, chain_),
                "--fresh begins anew and forgets it", "usage");
  }
  if (from_ && !from_->complete && from_->stages.size() != stages_) {
    throw Error(fmt::format("--checkpoint {}: it has {} stages, and the chain {}", directory_.path().string(),
                            from_->stages.size(), stages_),
                "--fresh begins anew and forgets it", "usage");
  }
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) throw Error("cannot make an event descriptor: the limit of open files is reached");
}

Checkpointing::~Checkpointing() {
  stop();
  close(wake_);
}

void Checkpointing::stop() {
  if (!thread_.joinable()) return;
  over_ = true;
  const std::uint64_t one = 1;
  while (::write(wake_, &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
}

void Checkpointing::set_progress() {
  if (!from_) return;
  if (!run_.options().quiet)
    fmt::print(stderr, "streamz: goes on from the checkpoint in {}\n", directory_.path().string());
  run_.clock().advance_to(Time(Duration(from_->clock)));
  run_.cut_dead_letters(from_->dead_letters);
  for (std::size_t i = 0; i < stages_; ++i) graph_.nodes[i].came = from_->stages[i].progress;
}

void Checkpointing::restore(Node& node) {
  if (from_ && node.number < stages_) node.object->restore(from_->stages[node.number].state);
}

void Checkpointing::refill() {
  for (std::size_t i = 0; from_ && i < stages_; ++i) {
    for (const auto& [port, record] : from_->stages[i].waiting) {
      const auto& in = graph_.nodes[i].in;
      const auto edge = std::find_if(in.begin(), in.end(),
                                     [&, port = port](const Edge* each) { return each->cut && each->to_port == port; });
      if (edge == in.end())
        throw Error(
            fmt::format("the checkpoint has records before {}, which has no such input", graph_.nodes[i].label));
      (*edge)->queue->refill(detail::host->keep_text(nullptr, record));
    }
  }
  from_.reset();
}

// The first one before anything is written: what a run leaves behind that is killed before the next is cut off.
void Checkpointing::begin() {
  Checkpoint checkpoint;
  checkpoint.number = number_;  // it is what the last one is: nothing has come since
  if (collect(checkpoint)) write(checkpoint);
  thread_ = std::thread([this] { main(); });
}

void Checkpointing::end() {
  if (!thread_.joinable()) return;
  stop();
  if (run_.failed()) return;
  Checkpoint checkpoint;
  checkpoint.chain = chain_;
  checkpoint.complete = true;
  write_and_commit(checkpoint);
}

void Checkpointing::main() {
  const auto interval = std::chrono::ceil<std::chrono::milliseconds>(run_.options().checkpoint_interval).count();
  while (!run_.failed()) {
    pollfd woken{wake_, POLLIN, 0};
    if (!run_.draining()) poll(&woken, 1, static_cast<int>(std::min<std::int64_t>(interval, 1 << 30)));
    std::uint64_t count = 0;
    [[maybe_unused]] const auto taken = read(wake_, &count, sizeof count);
    if (over_) return;
    take();
  }
}

void Checkpointing::take() {
  Checkpoint checkpoint;
  run_.pause();
  const bool last = run_.draining();
  bool good = false;
  try {
    good = !run_.failed() && collect(checkpoint);
  } catch (...) {
    failed(thrown_error());
  }
  if (good && committing_ != nullptr) write_and_commit(checkpoint);
  if (good && last) run_.suspend();
  run_.go_on();
  if (good && committing_ == nullptr) write_and_commit(checkpoint);
}

bool Checkpointing::collect(Checkpoint& checkpoint) {
  if (std::all_of(graph_.nodes.begin(), graph_.nodes.end(), [](const Node& node) { return node.finished; }))
    return false;
  checkpoint.chain = chain_;
  checkpoint.clock = run_.clock().now().time_since_epoch().count();
  for (std::size_t i = 0; i < stages_; ++i) {
    Node& node = graph_.nodes[i];
    checkpoint.stages.push_back({node.label, progress_of(node), {}, {}});
    if (checkpoint.stages.back().progress == Progress::finished) continue;
    try {
      node.object->checkpoint();
      node.object->save(checkpoint.stages.back().state);
    } catch (...) {
      run_.fail(node, thrown_error());
      return false;
    }
  }
  checkpoint.dead_letters = run_.sync_dead_letters();
  return collect_waiting(checkpoint);
}

// What one stage does not take at present, because it waits for another input. False: something is on its
// way that has yet to come to rest.
bool Checkpointing::collect_waiting(Checkpoint& checkpoint) {
  for (const Edge& edge : graph_.edges) {
    if (!edge.cut) continue;
    std::vector<std::string> texts = edge.queue->waiting();
    if (texts.empty()) continue;
    if (edge.from->is_private || edge.to->number >= stages_) return false;
    auto& waiting = checkpoint.stages[edge.to->number].waiting;
    for (std::string& text : texts) waiting.emplace_back(edge.to_port, std::move(text));
  }
  return true;
}

bool Checkpointing::write(const Checkpoint& checkpoint) {
  try {
    directory_.write(checkpoint);
    return true;
  } catch (...) {
    failed(thrown_error());
  }
  return false;
}

// What is committed is on the disk, and after a crash in between the one before it is there too.
void Checkpointing::write_and_commit(Checkpoint& checkpoint) {
  checkpoint.number = ++number_;
  if (!write(checkpoint) || committing_ == nullptr) return;
  try {
    source_of(*committing_).commit_checkpoint(checkpoint.number);
  } catch (...) {
    run_.fail(*committing_, thrown_error());
  }
}

void Checkpointing::failed(const Error& error) {
  Diagnostic what;
  what.code = "E0903";
  what.message = error.what();
  what.note("help", "the one before it holds: once there is room, the same command goes on from there");
  constexpr int kStatus = 6;
  run_.fail(what, kStatus);
}

}  // namespace streamz
