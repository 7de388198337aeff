// SPDX-License-Identifier: Apache-2.0
// Passes the first record of each key; the others go to port `dups`.
// Tested by tests/cases/unique.test.
#include <list>
#include <unordered_map>

#include "../streamz/spec.h"
#include "../streamz/text.h"

namespace streamz {

namespace {

struct UniqueNode : Stream {
  Expr key;
  long maxsize = 0;
  std::optional<Duration> within;
  bool hashable = true;

  static void describe(Spec<UniqueNode>& s) {
    s.summary("pass the first record of each key");
    s.details(
        "Equal is what is equal as JSON: 1 and 1.0, objects in any order of their keys. Records whose key is "
        "known go to port `dups`. With maxsize= the key that was not seen for longest is forgotten; with "
        "within= a key is forgotten that long after its first record, and maxsize= forgets the oldest.");
    s.param("key", &UniqueNode::key, "what must differ; not given: the whole record");
    s.param("maxsize", &UniqueNode::maxsize, "how many keys to remember; 0: all").min(0);
    s.param("within", &UniqueNode::within, "forget a key so long after its first record");
    s.param("hashable", &UniqueNode::hashable, "accepted and without effect: any key will do");
    s.outputs({"dups"});
    s.state("the keys, at most maxsize of them, or those seen within the duration");
    s.uneven();
    s.example("$NAME", "1 2 1.0 {\"a\":1,\"b\":2} {\"b\":2,\"a\":1}", "1 2 {\"a\":1,\"b\":2}");
    s.example("$NAME key=.id", "{\"id\":1,\"n\":1} {\"id\":1,\"n\":2}", "{\"id\":1,\"n\":1}");
    s.example("$NAME maxsize=2", "1 2 1 3 1 2", "1 2 3 2");
  }

  void start() override {
    if (!key) key = Expr(".");
  }

  void update(const Record& x) override {
    if (within) forget_old();
    key.key(x, text_);
    if (const auto known = places_.find(text_); known != places_.end()) {
      if (!within) seen_.splice(seen_.end(), seen_, known->second);
      emit(x, 1);
      return;
    }
    if (maxsize > 0 && seen_.size() == static_cast<std::size_t>(maxsize)) forget_first();
    remember(text_, within ? now() : Time{});
    emit(x);
  }

  void save(State& state) const override {
    for (const Seen& seen : seen_) {
      state.add("key", text::quoted(seen.key));
      state.add("at", seen.at);
    }
  }
  void restore(const State& state) override {
    state.each("key", [&](std::string_view key) { remember(text::decoded(key), {}); });
    auto seen = seen_.begin();
    state.each_time("at", [&](Time at) { (seen++)->at = at; });
  }

 private:
  struct Seen {
    std::string key;
    Time at;
  };
  std::list<Seen> seen_;  // the first is the next to be forgotten
  std::unordered_map<std::string_view, std::list<Seen>::iterator> places_;
  std::string text_;

  void remember(const std::string& key, Time at) {
    seen_.push_back({key, at});
    places_.emplace(seen_.back().key, std::prev(seen_.end()));
  }
  void forget_first() {
    places_.erase(seen_.front().key);
    seen_.pop_front();
  }
  void forget_old() {
    const Time time = now();
    while (!seen_.empty() && time - seen_.front().at >= *within) forget_first();
  }
};

}  // namespace

extern constinit const StageClass unique_stage = stage_class<UniqueNode>("UniqueNode");

}  // namespace streamz
