// SPDX-License-Identifier: Apache-2.0
// Groups records into lists of n, with a key into lists of equal key.
// Tested by tests/cases/partition.test.
#include <list>
#include <unordered_map>

#include "../streamz/spec.h"
#include "../streamz/text.h"

namespace streamz {

namespace {

struct PartitionNode : Stream {
  enum class Partial { emit, drop };
  long n = 1;
  std::optional<Duration> timeout;
  Expr key;
  Partial partial = Partial::emit;
  long maxkeys = 0;

  static void describe(Spec<PartitionNode>& s) {
    s.summary("group records into lists of n");
    s.details(
        "With key= each key has a list of its own. With timeout= a list goes out so long after its first record "
        "even when it is not full.");
    s.param("n", &PartitionNode::n, "records in a list").positional().required().min(1);
    s.param("timeout", &PartitionNode::timeout, "longest wait of a list, from its first record");
    s.param("key", &PartitionNode::key, "one list for each value of this");
    s.param("partial", &PartitionNode::partial, "what becomes of lists that are not full at the end")
        .one_of({"emit", "drop"});
    s.param("maxkeys", &PartitionNode::maxkeys, "at most so many lists: the oldest goes out early; 0: any number")
        .min(0);
    s.state("less than n records for each key");
    s.uneven();
    s.example("$NAME 2", "1 2 3 4 5", "[1,2] [3,4] [5]");
    s.example("$NAME 2 partial=drop", "1 2 3", "[1,2]");
    s.example("$NAME 2 key='(. % 2)'", "1 2 3 4", "[1,3] [2,4]");
  }

  void update(const Record& x) override {
    if (key) key.key(x, text_);
    auto found = places_.find(text_);
    if (found == places_.end()) found = open();
    const std::list<Buffer>::iterator buffer = found->second;
    buffer->records.push_back(keep(x));
    if (buffer->records.size() == static_cast<std::size_t>(n)) let_go(buffer);
  }

  void on_timer(Time due) override {
    timer_set_ = false;
    while (!buffers_.empty() && buffers_.front().due <= due) let_go(buffers_.begin());
    set_timer();
  }

  void flush() override {
    unschedule();
    while (partial == Partial::emit && !buffers_.empty()) let_go(buffers_.begin());
  }

  void save(State& state) const override {
    for (const Buffer& buffer : buffers_) {
      state.add("due", buffer.due);
      state.add("key", text::quoted(buffer.key));
      state.add("held", State::list_of(buffer.records));
    }
  }
  void restore(const State& state) override {
    state.each("key", [&](std::string_view key) { add(text::decoded(key), {}); });
    auto buffer = buffers_.begin();
    state.each_time("due", [&](Time due) { (buffer++)->due = due; });
    buffer = buffers_.begin();
    state.each("held", [&](std::string_view list) {
      text::each_element(list, [&](std::string_view held) {
        buffer->records.push_back(keep(held));
        return true;
      });
      ++buffer;
    });
    set_timer();
  }

 private:
  struct Buffer {
    std::string key;
    std::vector<Record> records;
    Time due;
  };
  using Places = std::unordered_map<std::string_view, std::list<Buffer>::iterator>;
  std::list<Buffer> buffers_;  // in the order of their first records, so also of their times
  Places places_;
  bool timer_set_ = false;  // for the first buffer there was when it was set: one is enough
  std::string text_;

  Places::iterator open() {
    if (maxkeys > 0 && buffers_.size() == static_cast<std::size_t>(maxkeys)) let_go(buffers_.begin());
    const auto added = add(text_, timeout ? now() + *timeout : Time::max());
    if (n > 1) set_timer();
    return added;
  }

  Places::iterator add(const std::string& key, Time due) {
    buffers_.push_back({key, {}, due});
    return places_.emplace(buffers_.back().key, std::prev(buffers_.end())).first;
  }

  void let_go(std::list<Buffer>::iterator buffer) {
    const std::vector<Record> records = std::move(buffer->records);
    places_.erase(buffer->key);
    buffers_.erase(buffer);
    emit_list(records);
  }

  void set_timer() {
    if (!timeout || timer_set_ || buffers_.empty()) return;
    timer_set_ = true;
    schedule(buffers_.front().due);
  }
};

}  // namespace

extern constinit const StageClass partition_stage = stage_class<PartitionNode>("PartitionNode");

}  // namespace streamz
