// SPDX-License-Identifier: Apache-2.0
#include "run.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <thread>

#include <fmt/format.h>

#include "crash.h"
#include "parallel.h"
#include "running.h"
#include "signals.h"
#include "streamz/text.h"
#include "thrown.h"

namespace streamz {

namespace {

// From here on more of it cannot be had: what asks for it gets std::bad_alloc. Children have their own.
void limit_memory(std::size_t bytes) {
  rlimit limit{};
  getrlimit(RLIMIT_DATA, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, bytes);
  if (setrlimit(RLIMIT_DATA, &limit) != 0)
    throw Error(fmt::format("--max-memory: {}", std::strerror(errno)), "", "usage");
}

// Plural of a count, for summary lines.
std::string counted(std::uint64_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

// Who asked for the last bit of it says little: these hold the rest.
void note_holders(const Graph& graph, Diagnostic& what) {
  for (const Node& node : graph.nodes) {
    if (node.spec == nullptr || node.spec->state.empty() || node.copy_of != nullptr) continue;
    what.note("note", fmt::format("{} holds {}", node.label, node.spec->state));
  }
}

}  // namespace

Run::Run(Graph& graph, const Chain& chain, const RunOptions& options)
    : graph_(graph), chain_(chain), options_(options), clock_(options.clock), room_(clock_) {}

void Run::pause() {
  pausing_.store(true, std::memory_order_release);
  for (Strand& strand : strands_) strand.call();
  room_.hold();
  at_rest_.store(true, std::memory_order_release);
}

void Run::go_on() {
  at_rest_.store(false, std::memory_order_release);
  pausing_.store(false, std::memory_order_release);
  room_.release();
}

// Nothing is flushed: what is held stays in the checkpoint.
void Run::suspend() {
  failed_.store(true, std::memory_order_release);
  close_all();
}

void Run::close_all() {
  for (Edge& edge : graph_.edges) edge.closed.store(true, std::memory_order_release);
  for (Strand& strand : strands_) strand.call();
}

std::int64_t Run::sync_dead_letters() { return dead_letters_ ? dead_letters_->sync() : -1; }

void Run::cut_dead_letters(std::int64_t size) {
  if (dead_letters_ && size >= 0) dead_letters_->cut(size);
}

void Run::drain() {
  draining_.store(true, std::memory_order_release);
  for (Strand& strand : strands_) strand.call();
}

void Run::fail(const Diagnostic& what, int status) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (failed_.load()) return;
    status_ = status;
    failed_.store(true, std::memory_order_release);
    warn(what);
  }
  close_all();
}

void Run::fail(const Node& node, const std::exception& error) {
  Diagnostic what;
  what.code = "E0901";
  what.message = fmt::format("{}: {}", node.label, error.what());
  what.span = span_of(node);
  if (const auto* const own = dynamic_cast<const Error*>(&error)) {
    if (!own->code.empty()) what.code = own->code;
    if (!own->hint.empty()) what.note("help", own->hint);
    if (own->code == kMemoryError) note_holders(graph_, what);
  }
  fail(what, 1);
}

void Run::fail(const Node& node, std::string_view reason, const char* code) {
  fail(node, Error(std::string(reason), {}, code));
}

void Run::stuck() {
  for (const Node& node : graph_.nodes) {
    if (node.some_unwanted)
      return fail(node, "one of its inputs is full while another gets nothing: it would wait for ever", "E0134");
  }
  Diagnostic what;
  what.code = "E0134";
  what.message = "every stage waits for another one: the chain can never go on";
  fail(what, 1);
}

void Run::warn(const Diagnostic& what) {
  const std::string text = options_.error_format == ErrorFormat::json ? to_json(what, chain_.text) + "\n"
                                                                      : to_text(what, chain_.text, options_.color);
  if (options_.capture != nullptr) {
    *options_.capture += text;
  } else {
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
}

bool Run::count_left_out(OnError::Then what) {
  const std::uint64_t skipped = skipped_.fetch_add(what == OnError::skip ? 1 : 0);
  const std::uint64_t dead = dead_.fetch_add(what == OnError::dead ? 1 : 0);
  return skipped + dead < options_.max_errors;
}

void Run::write_dead_letter(const Node& node, const FailedRecord& failed) {
  try {
    dead_letters_->write(failed);
  } catch (const Error& error) {
    fail(node, error);
  }
}

void Run::brought_in(std::uint64_t records) {
  const std::uint64_t read = read_.fetch_add(records, std::memory_order_relaxed) + records;
  const bool asked = take_status_request();
  if (!asked && !options_.progress) return;
  const Time now = clock_.now();
  const std::int64_t time = now.time_since_epoch().count();
  std::int64_t due = progress_due_.load(std::memory_order_relaxed);
  if (!asked && (time < due || !progress_due_.compare_exchange_strong(due, time + 500'000'000))) return;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  fmt::print(stderr, "{}streamz: {} read in {:.1f} s, {:.0f} a second{}", asked ? "" : "\r\x1b[K",
             counted(read, "record"), seconds, seconds > 0 ? static_cast<double>(read) / seconds : 0.0,
             asked ? "\n" : "");
}

void Run::note_output(std::string_view text) {
  if (!options_.exit_status) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  any_output_ = true;
  last_output_.assign(text);
}

void Run::prepare() {
  for (int i = 0; i < graph_.strands; ++i) strands_.emplace_back(*this);
  for (Node& node : graph_.nodes) {
    node.run = this;
    node.thread = &strands_[static_cast<std::size_t>(node.strand)];
    node.thread->add(node);
    node.open_inputs = static_cast<int>(node.in.size());
    for (const auto& port : node.out) node.open_outputs += static_cast<int>(port.size());
    if (node.has_readers(node.errors_port())) {
      node.open_outputs -= static_cast<int>(node.out[static_cast<std::size_t>(node.errors_port())].size());
    }
    int ports = 0;
    for (const Edge* const edge : node.in) ports = std::max(ports, edge->to_port + 1);
    node.unwanted.assign(static_cast<std::size_t>(ports), false);
    if (node.object != nullptr) detail::Access::node(*node.object) = &node;
  }
  if (checkpoints_) checkpoints_->set_progress();
  for (Node& node : graph_.nodes) {
    if (node.came == Progress::finished || node.is_copied() || failed()) continue;
    node.in_callback = true;
    try {
      node.object->start();
      if (checkpoints_) checkpoints_->restore(node);
    } catch (const std::exception& error) {
      fail(node, error);
    }
    node.in_callback = false;
  }
  for (Edge& edge : graph_.edges) {
    if (!edge.cut) continue;
    const Node& like = edge.to->object != nullptr ? *edge.to : *edge.to->copy_of;
    edge.queue = std::make_unique<Queue>(edge, like.object->queueing());
    edge.from->thread->add_output(*edge.queue);
    edge.to->thread->add_input(*edge.queue);
  }
  if (!checkpoints_) return;
  checkpoints_->refill();
  for (Node& node : graph_.nodes) {
    if (node.came != Progress::open) node.thread->was_over(node);
  }
}

RunResult Run::go() {
  std::signal(SIGPIPE, SIG_IGN);  // these two come back as errors of write(2)
  std::signal(SIGXFSZ, SIG_IGN);
  started_ = clock_.now();
  if (!options_.dead_letters.empty()) dead_letters_.emplace(options_.dead_letters);
  if (!options_.checkpoint.empty()) {
    checkpoints_.emplace(*this, graph_, identity_of(chain_, graph_));
    if (checkpoints_->complete()) {
      if (!options_.quiet) {
        fmt::print(stderr, "streamz: this chain has come to its end before; --fresh runs it again\n");
      }
      return {};
    }
  }
  prepare();
  if (options_.handle_signals) {
    SignalPlan plan{&draining_, {}, options_.drain_timeout, options_.timeout};
    for (const Strand& strand : strands_) plan.wake.push_back(strand.wake_descriptor());
    if (checkpoints_) plan.wake.push_back(checkpoints_->wake_descriptor());
    take_signals(plan);
  }
  const CrashReport report(graph_);
  if (!failed()) {
    start_threads();
  } else {
    for (Node& node : graph_.nodes) node.finished = true;
  }
  if (options_.progress) fmt::print(stderr, "\r\x1b[K");
  if (options_.handle_signals) end_timers();
  if (checkpoints_) checkpoints_->end();
  for (Strand& strand : strands_) strand.acknowledge();
  for (Strand& strand : strands_) {
    if (!failed()) strand.finish_source();
  }
  const RunResult ended = result();
  if (options_.handle_signals) leave_signals();  // a source's last commit and the summary are not cut short
  return ended;
}

// The first strand runs here when its source is a built-in; foreign sources never run on the thread
// that takes the signals.
void Run::start_threads() {
  std::vector<std::thread> threads;
  bool first_is_foreign = false;
  for (const Node& node : graph_.nodes) {
    if (node.strand == 0 && node.kind() == Kind::source) first_is_foreign = node.entry->builtin == nullptr;
  }
  sigset_t all, before;
  sigfillset(&all);
  for (const int signal : crash_signals) sigdelset(&all, signal);  // blocked, they would kill without a word
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::size_t next = first_is_foreign ? 0 : 1;
  try {
    threads.reserve(strands_.size());
    if (checkpoints_) checkpoints_->begin();
    for (; next < strands_.size(); ++next) threads.emplace_back([&strand = strands_[next]] { strand.main(); });
  } catch (...) {
    fail(graph_.nodes.front(), thrown_error());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!first_is_foreign) strands_.front().main();
  for (; next < strands_.size(); ++next) strands_[next].main();  // has no thread, and the run has failed: it ends
  for (std::thread& thread : threads) thread.join();
}

RunResult Run::result() {
  RunResult result;
  result.status = status_;
  if (result.status == 0 && options_.exit_status) {
    if (!any_output_) {
      result.status = 4;
    } else if (last_output_ == "false" || last_output_ == "null") {
      result.status = 1;
    }
  }
  bool broken = false, whole = false;
  for (const Node& node : graph_.nodes) {
    if (node.broken_pipe) {
      broken = true;
    } else if (node.kind() == Kind::sink) {
      whole = true;
    }
  }
  if (result.status == 0 && broken && !whole) result.signal = SIGPIPE;
  summary(result);
  if (timed_out() && result.status == 0) result.status = 124;
  if (ended_by_signal() != 0) result.signal = ended_by_signal();
  return result;
}

// Of a source that acknowledges: up to where each of its slots is done with, as a member of its statistics.
std::string Run::committed(const Node& node) const {
  if (node.kind() != Kind::source) return {};
  std::string members;
  for (const auto& slot : node.thread->slots()) {
    members += fmt::format("{}{}:{}", members.empty() ? "" : ",", text::quoted(slot->name()), slot->frontier());
  }
  return members.empty() ? members : fmt::format(",\"committed\":{{{}}}", members);
}

void Run::summary(RunResult& result) {
  std::uint64_t read = 0, written = 0;
  for (Node& node : graph_.nodes) {
    if (node.copy_of == nullptr) continue;
    if (node.copy_of->kind() != Kind::source) node.copy_of->records_in += node.records_in;
    node.copy_of->records_out += node.records_out;
    node.copy_of->failed += node.failed;
  }
  for (const Node& node : graph_.nodes) {
    if (node.kind() == Kind::source) read += node.records_out;
    if (node.kind() == Kind::sink) written += node.records_in;
  }
  std::uint64_t dropped = 0;
  for (const Edge& edge : graph_.edges) {
    if (edge.queue == nullptr) continue;
    edge.to->dropped += edge.queue->dropped();
    dropped += edge.queue->dropped();
  }
  const auto is_shown = [](const Node& node) { return node.copy_of == nullptr && !node.is_private; };
  const double seconds = std::chrono::duration<double>(clock_.now() - started_).count();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  if (options_.stats == RunOptions::Stats::json) {
    std::string stages;
    for (const Node& node : graph_.nodes) {
      if (!is_shown(node)) continue;
      stages += fmt::format("{}{{\"stage\":\"{}\",\"in\":{},\"out\":{},\"failed\":{},\"dropped\":{}{}}}",
                            stages.empty() ? "" : ",", node.label, node.records_in, node.records_out, node.failed,
                            node.dropped, committed(node));
    }
    fmt::print(
        stderr,
        "{{\"read\":{},\"written\":{},\"skipped\":{},\"dead\":{},\"dropped\":{},\"seconds\":{:.6f},\"peak_memory\":{},"
        "\"stages\":[{}]}}\n",
        read, written, skipped_.load(), dead_.load(), dropped, seconds, usage.ru_maxrss * 1024L, stages);
  } else if (options_.stats == RunOptions::Stats::text) {
    fmt::print(stderr, "streamz: {} read, {} written, {} skipped, {} dead in {:.3f} s, peak memory {} MiB\n", read,
               written, skipped_.load(), dead_.load(), seconds, usage.ru_maxrss / 1024);
    for (const Node& node : graph_.nodes) {
      if (!is_shown(node)) continue;
      fmt::print(stderr, "  {:<24} in {:>10}  out {:>10}{}\n", node.label, node.records_in, node.records_out,
                 (node.failed == 0 ? "" : fmt::format("  failed {}", node.failed)) +
                     (node.dropped == 0 ? "" : fmt::format("  dropped {}", node.dropped)));
    }
  }
  if (options_.quiet) return;
  const int signal = ended_by_signal();
  if (signal != 0) {
    fmt::print(stderr, "streamz: {}: stopped after {} read, {} written\n",
               signal == SIGINT ? "interrupted" : "terminated", counted(read, "record"), written);
  }
  const std::uint64_t skipped = skipped_.load(), dead = dead_.load();
  if (result.status != 0 || skipped + dead == 0) return;
  const std::string both = fmt::format(": {} left out, {} dead", skipped, dead);
  fmt::print(stderr, "streamz: {} failed{}\n", counted(skipped + dead, "record"),
             dead == 0      ? " and left out"
             : skipped == 0 ? " and went to the dead letters"
                            : both.c_str());
}

RunResult run(Graph& graph, const Chain& chain, const RunOptions& options) {
  if (options.max_memory != 0) limit_memory(options.max_memory);
  work_side_by_side(graph, jobs_of(graph, options));
  return Run(graph, chain, options).go();
}

}  // namespace streamz
