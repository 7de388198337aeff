// SPDX-License-Identifier: Apache-2.0
// What a stage is: Stream (a node), Source, Sink, and the calls they make on the host.
//
// All calls into one stage come on one thread at a time, so a stage needs no lock. Layout and virtual
// functions are frozen in ABI 1. Include <streamz/plugin.h>, not this.
#pragma once

#include <poll.h>

#include <functional>
#include <memory>
#include <vector>

#include "record.h"
#include "state.h"

namespace streamz {

class Node;  // the host's side of a stage
class Stream;

// A unit of order and position of a source: a partition, a file. From Source::slot().
using Slot = std::uint32_t;

// A place in an input, which is decompressed bytes. Bytes count from 0, lines from 1.
struct InputPosition {
  std::uint64_t byte = 0, line = 1;
};

enum class Type : std::uint32_t;  // of a parameter: spec.h

namespace detail {

// Where a value comes from: the record of this update(), a set of held records, or kept tokens.
struct From {
  enum Kind : std::uint32_t { current, records, tokens } kind = current;
  const Record* first = nullptr;
  std::size_t count = 0;
  const Tokens* kept = nullptr;
};

struct Lines;      // a reader's state: bytes in, records out
struct Writer;     // a writer's state: records in, bytes out
struct Formatter;  // how records become bytes
struct Program;    // a compiled expression
struct Decoding;   // a compressed stream's state

// Where a writer writes to: asked for each time it does. -1 and errno: nowhere.
struct Descriptor {
  int (*get)(void* context) = nullptr;
  void* context = nullptr;
};

using Each = bool (*)(void* context, JsonText result);  // false: no more results wanted
using Take = bool (*)(void* context, const Record& x);  // the same for records

// The host's functions; size first, fields only appended. A plugin imports no symbol of the host.
struct Host {
  std::uint32_t size = sizeof(Host);
  std::uint32_t minor = 0;
  const json& (*value)(const Record&) = nullptr;
  void (*free_value)(Value*) noexcept = nullptr;

  void (*acks_add)(Tokens*&, const Record&) = nullptr;
  void (*acks_release)(Tokens*) = nullptr;
  void (*acks_fail)(const Tokens*, std::string_view reason) = nullptr;

  bool (*emit)(Node*, const Record&, int port) = nullptr;
  bool (*emit_json)(Node*, const json&, const From&, int port) = nullptr;
  bool (*emit_made)(Node*, std::string_view made, const From&, int port) = nullptr;
  bool (*emit_text)(Node*, std::string_view foreign, const From&, int port) = nullptr;
  bool (*emit_list)(Node*, std::span<const Record>, int port) = nullptr;
  Record (*keep)(Node*, const Record&) = nullptr;
  void (*want)(Node*, int port, bool) = nullptr;
  bool (*stopping)(Node*) = nullptr;
  void (*done)(Node*) = nullptr;
  void (*fail)(Node*, const Record&, std::string_view reason) = nullptr;
  void (*log)(Node*, std::string_view line) = nullptr;
  Time (*now)(Node*) = nullptr;
  void (*schedule)(Node*, Time due) = nullptr;
  void (*watch)(Node*, int fd, short events) = nullptr;

  bool (*wait)(Node*, int fd, short events, Time until) = nullptr;
  Slot (*slot)(Node*, std::string_view name) = nullptr;
  void (*batch)(Node*, Slot, std::int64_t next) = nullptr;
  void (*revoke)(Node*, Slot) = nullptr;

  Lines* (*lines_open)(Node*, std::string_view name, std::string_view format) = nullptr;
  std::span<char> (*lines_space)(Lines*) = nullptr;
  bool (*lines_commit)(Lines*, std::size_t size) = nullptr;
  bool (*lines_finish)(Lines*) = nullptr;
  void (*lines_close)(Lines*) = nullptr;

  Writer* (*writer_open)(Node*, int fd, std::string_view name, std::string_view format) = nullptr;
  void (*writer_write)(Writer*, const Record&) = nullptr;
  void (*writer_flush)(Writer*) = nullptr;
  void (*writer_close)(Writer*) = nullptr;
  int (*out)() = nullptr;

  Program* (*compile)(std::string_view program) = nullptr;
  void (*free_program)(Program*) = nullptr;
  bool (*run)(Program*, const Record&, Each, void* context) = nullptr;
  void (*set)(Program*, std::string_view variable, std::string_view json_text) = nullptr;
  void (*key)(Program*, const Record&, std::string& out) = nullptr;

  // A parameter's member from its text and back; `type` says what `target` points to (spec.h).
  void (*read_argument)(void* target, Type type, std::string_view text) = nullptr;
  std::string (*show_argument)(const void* target, Type type) = nullptr;
  int (*inputs)(const Node*) = nullptr;
  void (*unschedule)(Node*) = nullptr;

  Decoding* (*decoder_open)(std::string_view first_bytes) = nullptr;
  std::size_t (*decoder_decode)(Decoding*, std::string_view& in, std::span<char> out) = nullptr;
  void (*decoder_finish)(Decoding*) = nullptr;
  void (*decoder_close)(Decoding*) = nullptr;

  void (*watch_idly)(Node*, int fd, short events) = nullptr;
  Duration (*drain_timeout)(Node*) = nullptr;
  void (*lines_strict)(Lines*, Take, void* context) = nullptr;
  Record (*keep_text)(Node*, std::string_view json_text) = nullptr;
  std::int64_t (*state_number)(std::string_view name, std::string_view json_text) = nullptr;

  Formatter* (*formatter_open)(std::string_view format) = nullptr;
  void (*formatter_append)(Formatter*, const Record&, std::string& out) = nullptr;
  void (*formatter_close)(Formatter*) = nullptr;
  void (*writer_finish)(Writer*) = nullptr;
  std::string (*input_name)(const Node*, int port) = nullptr;
  void (*check_json)(std::string_view json_text) = nullptr;
  InputPosition (*lines_position)(const Lines*) = nullptr;
  void (*lines_resume)(Lines*, InputPosition from, bool from_start) = nullptr;
  void (*writer_sync)(Writer*) = nullptr;
  bool (*retry)(Node*, unsigned tries) = nullptr;
  Writer* (*writer_open_by)(Node*, const Descriptor&, std::string_view name, std::string_view format) = nullptr;
  void (*at)(Node*, Slot, std::int64_t offset) = nullptr;
  bool (*emit_input)(Node*, std::string_view text, int port) = nullptr;
  bool (*bad_input)(Node*, std::string_view text, std::string_view reason) = nullptr;
  std::string (*base64)(std::string_view bytes) = nullptr;
};

}  // namespace detail

inline std::int64_t State::number(std::string_view name, std::string_view text) {
  return detail::host->state_number(name, text);
}

// The queue before a stage whose spec says queued(): how much it holds, and what happens to a record
// that finds it full.
struct Queueing {
  enum Overflow : std::uint32_t { block, drop_new, drop_old };
  std::size_t records = 1024;
  std::size_t bytes = 0;  // when not 0, this is the bound and `records` is not
  Overflow overflow = block;
};

// A stage with inputs. emit() and its kin return false when nobody reads that port any more.
class Stream {
 public:
  Stream() = default;
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  virtual void start() {}  // arguments are bound; may throw. Constructors do not act.
  // What it throws is the record's failure; with on_error=retry:N it is called with the same record again.
  virtual void update(const Record& x) { emit(x); }
  virtual void on_timer(Time /*due*/) {}  // once for each schedule(), at or after its time
  virtual void on_ready(int /*fd*/) {}    // a descriptor of watch() is ready
  virtual void on_end(int /*port*/) {}    // one input port ended; flush() follows once all have
  // All inputs ended: emit what is held. A stage with timers or watched descriptors outstanding after
  // flush() goes on until the last of them was called or forgotten; the others call unschedule().
  virtual void flush() {}
  virtual void idle() {}  // input is idle: let buffered output go
  // Between two records: everything that the rest of the output depends on, held records as their text. Of a
  // source that is replayable(): what leads run() of another one to the record that emit() was just given, and that
  // is not out yet, or in wait() and behind run() to the next one; what emit() has returned from is out, also when
  // it says that no more is wanted. Of a sink: what cuts its output back to what checkpoint() was
  // for. Called on another thread, while the stage's own one is in emit() or waits.
  virtual void save(State& /*state*/) const {}
  // After start(), before the first record: what another object of this class, with the same arguments,
  // has saved. Timers and want() are asked for anew.
  virtual void restore(const State& /*state*/) {}
  virtual Queueing queueing() const { return {}; }  // asked once, after start(); for queued() stages
  // Arguments are bound, nothing runs yet: throws when they do not go together. `streamz check` ends here.
  virtual void check() {}
  // What came so far: to the disk. As save(), which follows, on another thread.
  virtual void checkpoint() {}
  // SIGHUP: files were moved away; what is written from now on goes into new ones of the same name.
  virtual void reopen() {}

 protected:
  bool emit(const Record& x, int port = 0) { return detail::host->emit(node_, x, port); }

  // A value that this stage made. It is acknowledged together with what it comes from: the record of
  // the current update(), or `from`. In on_timer() and flush() a value must name where it comes from
  // when the source acknowledges.
  bool emit(const json& v, int port = 0) { return detail::host->emit_json(node_, v, {}, port); }
  bool emit(const json& v, std::span<const Record> from, int port = 0) {
    return detail::host->emit_json(node_, v, origin(from), port);
  }
  bool emit(const json& v, const Acks& from, int port = 0) {
    return detail::host->emit_json(node_, v, origin(from), port);
  }
  bool emit(JsonText made, int port = 0) { return detail::host->emit_made(node_, made.text, {}, port); }
  bool emit(JsonText made, std::span<const Record> from, int port = 0) {
    return detail::host->emit_made(node_, made.text, origin(from), port);
  }
  bool emit(JsonText made, const Acks& from, int port = 0) {
    return detail::host->emit_made(node_, made.text, origin(from), port);
  }
  // "[a,b]" made of the texts of `held`, their tokens merged. An empty list comes from nothing.
  bool emit_list(std::span<const Record> held, int port = 0) { return detail::host->emit_list(node_, held, port); }
  // JSON text from outside: validated first; throws Error when it is not one JSON value.
  bool emit_text(std::string_view json_text, int port = 0) {
    return detail::host->emit_text(node_, json_text, {}, port);
  }

  // A copy to hold beyond this call: a small text is copied out of its large block; same tokens.
  Record keep(const Record& x) { return detail::host->keep(node_, x); }
  // A text of restore() as a record to hold; nothing waits for its acknowledgement.
  Record keep(std::string_view json_text) { return detail::host->keep_text(node_, json_text); }

  int inputs() const { return detail::host->inputs(node_); }  // how many input ports are connected
  int port() const { return port_; }                          // the input port of this update()
  // name= of the stage that feeds this input; "" when it has none.
  std::string input_name(int port) const { return detail::host->input_name(node_, port); }
  // Which inputs are taken at present (all, at first). A writer in another thread waits; a direct
  // call into an unwanted port cannot be held back and is an error of the chain (E0134).
  void want(int port, bool yes) { detail::host->want(node_, port, yes); }

  Time now() const { return detail::host->now(node_); }
  void schedule(Time due) { detail::host->schedule(node_, due); }  // adds one call of on_timer()
  void unschedule() { detail::host->unschedule(node_); }           // forgets all timers of this stage
  // Calls on_ready() when `fd` has `events` (poll(2)); 0 events: only when the other end hangs up.
  // Calling it again changes the events; -1 forgets the descriptor.
  void watch(int fd, short events = POLLIN) { detail::host->watch(node_, fd, events); }
  // The same where nothing is being waited for: virtual time, which else stands still until a second has
  // passed without a sign of what is watched, goes on at once.
  void watch_idly(int fd, short events = POLLIN) { detail::host->watch_idly(node_, fd, events); }
  Duration drain_timeout() const { return detail::host->drain_timeout(node_); }  // how long an end may take

  bool stopping() const { return detail::host->stopping(node_); }  // the run is being drained or ended
  void done() { detail::host->done(node_); }  // wants no more input: closes the edges into it, upwards
  // For a stage that finds out after update() that a record failed, for the `tries`th time (from 1). True: it
  // shall be tried again, at the moment of the on_timer() that this schedules. False: fail() it.
  bool retry(unsigned tries) { return detail::host->retry(node_, tries); }
  // Record x failed; applies on_error as if update() had thrown, but for retry:N: update() is not called again.
  void fail(const Record& x, std::string_view reason) { detail::host->fail(node_, x, reason); }
  void log(std::string_view line) { detail::host->log(node_, line); }  // one line on stderr

 private:
  friend struct detail::Access;
  static detail::From origin(std::span<const Record> from) {
    return {detail::From::records, from.data(), from.size(), nullptr};
  }
  static detail::From origin(const Acks& from) { return {detail::From::tokens, nullptr, 0, from.tokens()}; }

  Node* node_ = nullptr;
  int port_ = 0;
  [[maybe_unused]] int reserved_ = 0;
  [[maybe_unused]] void* reserved_pointers_[2] = {};

 protected:
  Node* node() const { return node_; }
};

// Beside Stream, for a stage whose input several threads can share: each folds some of the records, all of which came
// one after the other, in an object of its own, and the stage puts together what they made of them, in the order of the
// input. Such an object is started like a stage, and gets no other call than fold() and part(), all on one thread.
class Combines {
 public:
  struct Part {
    virtual ~Part() = default;
  };

  virtual ~Combines() = default;
  // Before start(), when the arguments are bound: whether what comes out is the same, byte for byte, however the
  // records were shared out.
  virtual bool combines() const = 0;
  // How many things the part is made of now: groups, or 1. 0, or an exception: with this record the result would not
  // be the same; then, and where it has hardly fewer things than records, the part is dropped, and the stage gets its
  // records one by one: what fails there is what counts.
  virtual std::size_t fold(const Record& x) = 0;
  // What was folded since the last call. It may outlive this object.
  virtual std::unique_ptr<Part> part() = 0;
  // Of the stage itself: as if update() had been called with each record of the part. `from` is to be held for their
  // acknowledgement.
  virtual void combine(Part& part, const Record& from) = 0;
};

// A stage that brings records in. run() is called once, on the source's own thread.
class Source : public Stream {
 public:
  virtual void run() = 0;  // return: end of input; throw: the source failed
  // The contiguous frontier of `slot` moved: everything before `next` is done. Called inside wait()
  // and emit(), on the thread of run().
  virtual void acked(Slot /*slot*/, std::int64_t /*next*/) {}
  virtual void stop() noexcept {}  // another thread asks run() to return soon
  // The run is over, and all is well: everything that was brought in is done with, as acked() has said, and with
  // checkpoints the last one says so. On another thread; what it throws is the failure of the run.
  virtual void finish() {}
  // Of a source that is exactly_once(), when there are checkpoints. Before start(): the number of the last checkpoint
  // that was committed, as the world outside has it; 0: none was. The run goes on from that one.
  virtual std::int64_t committed_checkpoint() { return 0; }
  // A checkpoint is on the disk. What the sinks have written since the one before takes effect now, together with its
  // number, or not at all; then it throws. Between two records, on another thread.
  virtual void commit_checkpoint(std::int64_t /*number*/) {}

 protected:
  // The way to block: until `fd` has `events` (poll(2); -1: no descriptor), or `until`. Runs due
  // timers of the stages behind it and lets buffered output go. False: stop now, return from run().
  bool wait(int fd, short events, Time until) { return detail::host->wait(node(), fd, events, until); }
  bool wait(int fd) { return wait(fd, POLLIN, Time::max()); }
  bool wait_until(Time until) { return wait(-1, 0, until); }
  Slot slot(std::string_view name) { return detail::host->slot(node(), name); }
  // What is emitted from here on resumes at `next` once all of it is done. The batch ends at the next
  // batch(), at wait(), or when run() returns.
  void batch(Slot slot, std::int64_t next) { detail::host->batch(node(), slot, next); }
  void revoke(Slot slot) { detail::host->revoke(node(), slot); }  // later acknowledgements are dropped
  // What is emitted from here on was read there: for errors and dead letters.
  void at(Slot slot, std::int64_t offset) { detail::host->at(node(), slot, offset); }
  // A text from outside. One that is no JSON value is a failed record, to which on_error= applies.
  bool emit_input(std::string_view text, int port = 0) { return detail::host->emit_input(node(), text, port); }
  // The same for what is known to be no record. `text` is what was read.
  bool bad_input(std::string_view text, std::string_view reason) {
    return detail::host->bad_input(node(), text, reason);
  }
};

// A stage that takes records out. A record is acknowledged when update() returns, unless its token
// is kept in `acks` until the data is safe.
class Sink : public Stream {
 public:
  virtual void reserved3() {}
  virtual void reserved7() {}
  virtual void reserved8() {}

 protected:
  Acks acks;
};

// ---- the calls of record.h that need the host
inline const json& Record::value() const { return detail::host->value(*this); }
inline void Record::forget_value() noexcept {
  detail::host->free_value(value_);
  value_ = nullptr;
}
inline void Acks::add(const Record& x) {
  if (x.chunk() != nullptr && x.chunk()->tokens != nullptr) detail::host->acks_add(tokens_, x);
}
inline void Acks::release() {
  if (tokens_ != nullptr) detail::host->acks_release(std::exchange(tokens_, nullptr));
}
inline void Acks::fail(std::string_view reason) { detail::host->acks_fail(tokens_, reason); }

namespace detail {
// The host's way to the private parts: Record's kept value, a stage's node and port.
struct Access {
  static Node*& node(Stream& stage) { return stage.node_; }
  static int& port(Stream& stage) { return stage.port_; }
  static Value*& value(const Record& x) { return x.value_; }
};
}  // namespace detail

}  // namespace streamz
