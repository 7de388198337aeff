// SPDX-License-Identifier: Apache-2.0
// Aggregates the records of each group: OUT=FN:EXPR… by=EXPR, over all of them or over windows.
// Tested by tests/cases/agg.test, tests/cases/agg_windows.test.
#include "../streamz/text.h"
#include "windows.h"

namespace streamz {

namespace {

struct AggNode : Stream, Combines {
  enum class Emit { update, change, final };
  enum class Session { session };
  list<Call> columns;
  list<Named> by;
  std::variant<Emit, Duration> emit_when = Emit::final;
  std::optional<std::variant<long, Duration, Session>> window;
  std::optional<Duration> gap;
  Expr time;
  Duration late{};

  static void describe(Spec<AggNode>& s) {
    s.summary("count, sum and otherwise aggregate the records of each group");
    s.details(
        std::string("Each result is one object: the columns of by=, then each OUT. Groups go out in the order in which "
                    "they came.\n\n") +
        column_help +
        "\n\nemit=update gives all groups after each record, change only those that the record changed, final the "
        "result at the end, and a duration the result at such times if anything came since.\n\nWith window= and "
        "emit=final windows stand side by side and each gives its groups when it closes: of N records, or of a "
        "duration (counted from 1970), or a session, which closes when no record of its group came for gap=. With "
        "another emit= there is one window that slides: the last N records, or those of the last duration. Results "
        "of windows also have window_start and window_end, in seconds or as RFC 3339, whichever time= gives; of a "
        "session and of N records these are the times of the first and the last record. With time= windows close when "
        "a record comes that is later than their end by more than late=; a record whose window has closed goes to "
        "port `late`. Where order matters, for sessions and windows that slide, records are held for late=.");
    describe_columns(s, &AggNode::columns);
    describe_by(s, &AggNode::by, "one group for each value of these");
    s.param("emit", &AggNode::emit_when, "when to give results").one_of({"update", "change", "final"});
    s.param("window", &AggNode::window, "records, duration or sessions").one_of({"session"}).min(1);
    s.param("gap", &AggNode::gap, "a session ends when nothing came for so long");
    EventTime::describe(s);
    s.outputs({"late"});
    s.state(
        "a few numbers for each group (median, pNN, nunique and list: its values) and open window; a window that "
        "slides: a few numbers for each record in it");
    s.uneven();
    s.example("$NAME n=count total=sum:.v", "{\"v\":1} {\"v\":2}", "{\"n\":2,\"total\":3}");
    s.example("$NAME n=count by=.k", "{\"k\":\"a\"} {\"k\":\"b\"} {\"k\":\"a\"}",
              "{\"k\":\"a\",\"n\":2} {\"k\":\"b\",\"n\":1}");
    s.example("$NAME most=max:.v window=1m time=.t", "{\"t\":0,\"v\":1} {\"t\":59,\"v\":2} {\"t\":60,\"v\":0}",
              "{\"most\":2,\"window_start\":0,\"window_end\":60} {\"most\":0,\"window_start\":60,\"window_end\":120}");
    s.example("$NAME sum=sum window=2 emit=update", "1 2 3",
              "{\"sum\":1,\"window_start\":0,\"window_end\":0} {\"sum\":3,\"window_start\":0,\"window_end\":0} "
              "{\"sum\":5,\"window_start\":0,\"window_end\":0}");
  }

  void check() override {
    event_time_.check();
    const bool session = window && std::holds_alternative<Session>(*window);
    if (session && !gap) throw Error("window=session needs gap=DUR");
    if (gap && !session) throw Error("gap= needs window=session");
    if (session && when().kind != When::final) throw Error("a session gives its result when it closes: emit=final");
    if (time && !window && when().kind != When::regular) throw Error("time= needs window= or emit=DUR");
    if (window) {
      check_names(by, columns, {"window_start", "window_end"});
    } else {
      check_names(by, columns, {});
    }
  }

  void start() override {
    table_.bind(columns, window && when().kind != When::final);
    windows_ = make_windows();
    timeless_ = !window && when().kind != When::regular;
  }

  void update(const Record& x) override {
    if (timeless_) return take(x, Time());
    const Time at = event_time_.of(x, now());
    if (windows_->ordered() ? !waiting_.pass(event_time_, x, at) : time && windows_->late(at)) {
      emit(x, 1);
      return;
    }
    if (!windows_->ordered()) take(x, at);
    windows_->come_to(event_time_.watermark());
    set_timer();
  }

  bool combines() const override { return !window && !time && when().kind == When::final && Columns::combine(columns); }
  std::size_t fold(const Record& x) override {
    table_.read(x);
    by_.key(x, key_);
    if (!table_.exact()) return 0;
    if (!folded_) folded_ = std::make_unique<Folded>(columns_);
    table_.add(folded_->groups.at(key_).state());
    return folded_->groups.size();
  }
  std::unique_ptr<Part> part() override { return std::move(folded_); }
  void combine(Part& part, const Record& from) override { windows_->merge(static_cast<Folded&>(part).groups, from); }

  void on_timer(Time /*due*/) override {
    timer_ = Time::max();
    windows_->come_to(now());
    set_timer();
  }

  void flush() override {
    unschedule();
    waiting_.release(Time::max());
    windows_->end();
  }

  void save(State& state) const override {
    event_time_.save(state);
    waiting_.save(state);
    windows_->save(state);
  }
  void restore(const State& state) override {
    event_time_.restore(state);
    waiting_.restore(state, [this](std::string_view text) { return keep(text); });
    windows_->restore(state);
    set_timer();
  }

 private:
  struct Folded : Part {
    explicit Folded(std::shared_ptr<const Columns> its) : columns(std::move(its)), groups(*columns) {}
    std::shared_ptr<const Columns> columns;
    Groups groups;
  };

  EventTime event_time_{time, late};
  InOrder waiting_{[this](const Record& x) { return keep(x); }, [this](const Record& x, Time at) { take(x, at); },
                   [this](const Record& x, const char* why) { fail(x, why); }};
  By by_{by};
  std::shared_ptr<Columns> columns_ = std::make_shared<Columns>();  // parts have them too
  Columns& table_ = *columns_;
  std::unique_ptr<Folded> folded_;
  Rows rows_{by_, table_, event_time_, [this](JsonText row, const Acks& from) { return emit(row, from); }};
  std::unique_ptr<Windows> windows_;
  std::string key_;
  Time timer_ = Time::max();
  bool timeless_ = false;  // nobody asks when a record came

  When when() const {
    if (const Duration* const every = std::get_if<Duration>(&emit_when)) return {When::regular, *every};
    const Emit word = std::get<Emit>(emit_when);
    return {word == Emit::update ? When::update : word == Emit::change ? When::change : When::final, {}};
  }

  std::unique_ptr<Windows> make_windows() {
    if (!window) return all_together(table_, rows_, when(), by_.given());
    if (std::holds_alternative<Session>(*window)) return sessions(table_, rows_, *gap);
    const auto* const records = std::get_if<long>(&*window);
    const auto count = static_cast<std::size_t>(records == nullptr ? 0 : *records);
    const Duration length = records == nullptr ? std::get<Duration>(*window) : Duration();
    const bool beside = when().kind == When::final;
    if (records == nullptr) {
      return beside ? side_by_side(table_, rows_, event_time_, length) : sliding(table_, rows_, when(), length);
    }
    return beside ? side_by_side(table_, rows_, count) : sliding(table_, rows_, when(), count);
  }

  // First what may fail, so that a record that does has changed nothing.
  void take(const Record& x, Time at) {
    table_.read(x);
    by_.key(x, key_);
    if (windows_->ordered()) {
      windows_->come_to(at);
    } else {
      event_time_.seen(at);
      windows_->come_to(event_time_.watermark());
    }
    windows_->add(key_, at, x);
  }

  // With time= only records say how far time has come.
  void set_timer() {
    if (time || windows_->next() == timer_) return;
    unschedule();
    timer_ = windows_->next();
    if (timer_ != Time::max()) schedule(timer_);
  }
};

}  // namespace

extern constinit const StageClass agg_stage = stage_class<AggNode>("AggNode");

}  // namespace streamz
