// SPDX-License-Identifier: Apache-2.0
#include "host.h"

#include <simdjson.h>

#include <charconv>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "codecs.h"
#include "data_stdout.h"
#include "expr/expr.h"
#include "expr/operators.h"
#include "lines.h"
#include "loader.h"
#include "running.h"
#include "values.h"

namespace streamz {

namespace detail {

struct Value {
  json parsed;
};

}  // namespace detail

namespace {

using detail::From;
using detail::Tokens;

constexpr std::size_t kSmall = 256;

// The tokens of what a value is made of; a reference is added.
Tokens* tokens_of(Node& node, const From& from) {
  Tokens* tokens = nullptr;
  switch (from.kind) {
    case From::current:
      if (node.current != nullptr) {
        if (node.current->chunk() != nullptr && node.current->chunk()->tokens != nullptr) {
          tokens = node.current->chunk()->tokens->retain();
        }
      } else if (node.is_source) {
        if (node.thread->batch_tokens() != nullptr) tokens = node.thread->batch_tokens()->retain();
      } else if (node.run->acknowledging()) {
        throw Error(
            "emitted a value outside update() without saying which records it is made of: "
            "use emit(value, records), emit(value, acks) or emit_list(records)");
      }
      break;
    case From::records:
      for (std::size_t i = 0; i < from.count; ++i) {
        if (from.first[i].chunk() != nullptr) Tokens::merge(tokens, from.first[i].chunk()->tokens);
      }
      break;
    case From::tokens:
      if (from.kept != nullptr) tokens = const_cast<Tokens*>(from.kept)->retain();
      break;
  }
  return tokens;
}

Place place_of(const Node& node, const From& from) {
  if (from.kind == From::current && node.is_source) return node.thread->place();
  if (from.kind == From::current && node.current != nullptr) return place_of(*node.current);
  if (from.kind == From::records && from.count > 0) return place_of(from.first[0]);
  return {};
}

// An empty block for the next text of `node`: the last one again when nobody kept it.
Block& scratch(Node& node, std::size_t size) {
  auto* block = static_cast<Block*>(node.scratch);
  if (block != nullptr && (!block->alone() || block->capacity < size)) {
    detail::release(block);
    block = nullptr;
  }
  if (block == nullptr) {
    block = Block::make(std::max(kSmall, size + size / 2));
  } else {
    block->renew();
  }
  node.scratch = block;
  return *block;
}

bool send(Node& node, const Record& x, int port) {
  if (!node.is_source) return node.thread->emit(node, x, port);
  return node.thread->source_emit(node, x, port) && !node.run->draining();
}

// Emits the block's text; afterwards its tokens are let go unless somebody kept the record.
bool send_block(Node& node, Block& block, std::size_t size, Tokens* tokens, const Place& place, int port) {
  block.tokens = tokens;
  block.place = place;
  bool open = false;
  {
    const Record record({block.text(), size}, &block);
    open = send(node, record, port);
  }
  if (block.alone()) {
    if (block.tokens != nullptr) std::exchange(block.tokens, nullptr)->release();
  } else {
    node.scratch = nullptr;
    detail::release(&block);
  }
  return open;
}

bool send_text(Node& node, std::string_view text, Tokens* tokens, const Place& place, int port) {
  Block& block = scratch(node, text.size());
  std::memcpy(block.text(), text.data(), text.size());
  return send_block(node, block, text.size(), tokens, place, port);
}

// ---- detail::Host

const json& value(const Record& x) {
  detail::Value*& kept = detail::Access::value(x);
  if (kept == nullptr) kept = new detail::Value{json::parse(x.raw())};
  return kept->parsed;
}

void free_value(detail::Value* kept) noexcept { delete kept; }

void acks_add(Tokens*& into, const Record& x) { Tokens::merge(into, x.chunk()->tokens); }
void acks_release(Tokens* tokens) { tokens->release(); }
void acks_fail(const Tokens* /*tokens*/, std::string_view /*reason*/) {
  // The tokens stay held, so the frontier cannot pass them; the stage's own error ends the run.
}

bool emit(Node* node, const Record& x, int port) { return send(*node, x, port); }

bool emit_json(Node* node, const json& v, const From& from, int port) {
  const std::string text = v.dump();
  return send_text(*node, text, tokens_of(*node, from), place_of(*node, from), port);
}

bool emit_made(Node* node, std::string_view text, const From& from, int port) {
  return emit_made_text(*node, text, from, port);
}

// Of a text of anybody's: 64 bytes behind what is checked have to be readable.
void require_json(std::string_view text) {
  constexpr std::size_t kReadableBehind = 64;
  static thread_local std::string copy;
  copy.assign(text);
  copy.resize(text.size() + kReadableBehind);
  if (const auto fault = check_json({copy.data(), text.size()}, 0)) {
    throw Error(fmt::format("{} at byte {}", fault->what, fault->offset));
  }
}

bool emit_text(Node* node, std::string_view text, const From& from, int port) {
  Block& block = scratch(*node, text.size());
  std::memcpy(block.text(), text.data(), text.size());
  if (const auto fault = check_json({block.text(), text.size()}, block.serial)) {
    throw Error(fmt::format("emitted what is not one JSON value: {} at byte {}", fault->what, fault->offset));
  }
  make_one_line({block.text(), text.size()});
  return send_block(*node, block, text.size(), tokens_of(*node, from), place_of(*node, from), port);
}

bool goes_on(const Node& source) { return !source.is_source || !source.thread->over(); }

bool bad_input(Node* node, std::string_view text, std::string_view reason) {
  node->thread->input_failed(*node, text, std::string(reason), node->thread->place(), 1);
  return goes_on(*node);
}

bool emit_input(Node* node, std::string_view text, int port) {
  Block& block = scratch(*node, text.size());
  std::memcpy(block.text(), text.data(), text.size());
  if (const auto fault = check_json({block.text(), text.size()}, block.serial))
    return bad_input(node, text, fmt::format("{} at byte {}", fault->what, fault->offset));
  make_one_line({block.text(), text.size()});
  return send_block(*node, block, text.size(), tokens_of(*node, {}), node->thread->place(), port) || goes_on(*node);
}

bool emit_list(Node* node, std::span<const Record> held, int port) {
  std::size_t size = 2 + held.size();
  for (const Record& x : held) size += x.raw().size();
  Block& block = scratch(*node, size);
  char* at = block.text();
  *at++ = '[';
  for (const Record& x : held) {
    if (&x != held.data()) *at++ = ',';
    at = std::copy(x.raw().begin(), x.raw().end(), at);
  }
  *at++ = ']';
  const From from{From::records, held.data(), held.size(), nullptr};
  return send_block(*node, block, static_cast<std::size_t>(at - block.text()), tokens_of(*node, from),
                    place_of(*node, from), port);
}

// A small text is copied out of a large block, so that a window does not pin what was read around it.
Record keep(Node* /*node*/, const Record& x) {
  const auto* const block = static_cast<const Block*>(x.chunk());
  if (block != nullptr && x.raw().size() * 2 + kSmall >= block->capacity) return x;
  Block* const own = Block::make(x.raw().size());
  std::memcpy(own->text(), x.raw().data(), x.raw().size());
  own->place = place_of(x);
  if (block != nullptr && block->tokens != nullptr) own->tokens = block->tokens->retain();
  Record copy({own->text(), x.raw().size()}, own);
  detail::release(own);  // the record holds it now
  return copy;
}

Record keep_text(Node* /*node*/, std::string_view text) {
  Block* const own = Block::make(text.size());
  std::memcpy(own->text(), text.data(), text.size());
  Record made({own->text(), text.size()}, own);
  detail::release(own);  // the record holds it now
  return made;
}

std::int64_t state_number(std::string_view name, std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  throw Error(fmt::format("its saved state has no integer `{}`", name));
}

void want(Node* node, int port, bool yes) {
  const auto index = static_cast<std::size_t>(port);
  if (index >= node->unwanted.size()) return;
  node->unwanted[index] = !yes;
  node->some_unwanted = std::find(node->unwanted.begin(), node->unwanted.end(), true) != node->unwanted.end();
}

int inputs(const Node* node) { return static_cast<int>(node->unwanted.size()); }
std::string input_name(const Node* node, int port) {
  for (const Edge* const edge : node->in) {
    if (edge->to_port == port) return edge->from->id();
  }
  return {};
}
bool stopping(Node* node) { return node->run->draining() || node->run->failed(); }
void done(Node* node) { node->thread->done(*node); }
void fail(Node* node, const Record& x, std::string_view reason) {
  const bool in_vain = node->thread->policy_of(*node).retries > 0 && !node->retries_late;
  node->thread->record_failed(*node, x, std::string(reason),
                              in_vain ? "not tried again: this stage finds out when it is done with the record" : "");
}
bool retry(Node* node, unsigned tries) { return node->thread->retry(*node, tries); }
void log(Node* node, std::string_view line) {
  fmt::print(stderr, "streamz: {}: {}\n", node->label, printable(line, 4096));
}
Time now(Node* node) { return node->run->clock().now(); }
void schedule(Node* node, Time due) { node->thread->schedule(*node, due); }
void unschedule(Node* node) { node->thread->unschedule(*node); }
void watch(Node* node, int fd, short events) { node->thread->watch(*node, fd, events, true); }
void watch_idly(Node* node, int fd, short events) { node->thread->watch(*node, fd, events, false); }
Duration drain_timeout(Node* node) { return node->run->options().drain_timeout; }

bool wait(Node* node, int fd, short events, Time until) { return node->thread->wait(fd, events, until); }
Slot slot(Node* node, std::string_view name) { return node->thread->slot(name); }
void batch(Node* node, Slot slot, std::int64_t next) { node->thread->batch(slot, next); }
void revoke(Node* node, Slot slot) { node->thread->revoke(slot); }
void at(Node* node, Slot slot, std::int64_t offset) { node->thread->set_place(slot, offset); }

constexpr detail::Host make_table() {
  detail::Host t;
  t.value = value;
  t.free_value = free_value;
  t.acks_add = acks_add;
  t.acks_release = acks_release;
  t.acks_fail = acks_fail;
  t.emit = emit;
  t.emit_json = emit_json;
  t.emit_made = emit_made;
  t.emit_text = emit_text;
  t.emit_list = emit_list;
  t.keep = keep;
  t.keep_text = keep_text;
  t.state_number = state_number;
  t.want = want;
  t.inputs = inputs;
  t.input_name = input_name;
  t.check_json = require_json;
  t.stopping = stopping;
  t.done = done;
  t.fail = fail;
  t.log = log;
  t.now = now;
  t.schedule = schedule;
  t.unschedule = unschedule;
  t.watch = watch;
  t.watch_idly = watch_idly;
  t.drain_timeout = drain_timeout;
  t.wait = wait;
  t.slot = slot;
  t.batch = batch;
  t.revoke = revoke;
  t.lines_open = lines_open;
  t.lines_strict = lines_strict;
  t.lines_space = lines_space;
  t.lines_commit = lines_commit;
  t.lines_finish = lines_finish;
  t.lines_close = lines_close;
  t.lines_position = lines_position;
  t.lines_resume = lines_resume;
  t.formatter_open = formatter_open;
  t.formatter_append = formatter_append;
  t.formatter_close = formatter_close;
  t.writer_open = writer_open;
  t.writer_write = writer_write;
  t.writer_flush = writer_flush;
  t.writer_finish = writer_finish;
  t.writer_sync = writer_sync;
  t.retry = retry;
  t.writer_open_by = writer_open_by;
  t.at = at;
  t.emit_input = emit_input;
  t.bad_input = bad_input;
  t.base64 = expr::to_base64;
  t.writer_close = writer_close;
  t.out = data_stdout;
  t.decoder_open = decoder_open;
  t.decoder_decode = decoder_decode;
  t.decoder_finish = decoder_finish;
  t.decoder_close = decoder_close;
  t.compile = detail::compile;
  t.free_program = detail::free_program;
  t.run = detail::run;
  t.set = detail::set;
  t.key = detail::key;
  t.read_argument = read_argument;
  t.show_argument = show_argument;
  return t;
}
constinit const detail::Host table = make_table();

}  // namespace

bool emit_made_text(Node& node, std::string_view text, const From& from, int port) {
  return send_text(node, text, tokens_of(node, from), place_of(node, from), port);
}

bool emit_read_text(Node& source, std::string_view text, const Place& place, int port) {
  const bool unpacked = source.current != nullptr && source.current->chunk() != nullptr;
  Tokens* const batch = source.is_source ? source.thread->batch_tokens()
                        : unpacked       ? source.current->chunk()->tokens
                                         : nullptr;
  return send_text(source, text, batch == nullptr ? nullptr : batch->retain(), place, port) ||
         (source.is_source && !source.thread->over());
}

const detail::Host& host_table() { return table; }

void install_host() { detail::host = &host_table(); }

}  // namespace streamz
