// SPDX-License-Identifier: Apache-2.0
// A plugin whose input several threads share: the longest record, of equal ones the first.
#include <streamz/plugin.h>

struct Longest : streamz::Stream, streamz::Combines {
  static void describe(streamz::Spec<Longest>& s) { s.summary("the longest record"); }

  void update(const streamz::Record& x) override {
    look_at(x.raw());
    held_.add(x);
  }
  void flush() override {
    emit(streamz::JsonText{text_}, held_);
    held_.release();
  }

  bool combines() const override { return true; }
  std::size_t fold(const streamz::Record& x) override {
    if (x.raw().find("apart") != std::string_view::npos) throw streamz::Error("not in a part");
    look_at(x.raw());
    return 1;
  }
  std::unique_ptr<Part> part() override {
    auto made = std::make_unique<Text>();
    made->text = std::exchange(text_, "");
    return made;
  }
  void combine(Part& part, const streamz::Record& from) override {
    look_at(static_cast<Text&>(part).text);
    held_.add(from);
  }

 private:
  struct Text : Part {
    std::string text;
  };
  std::string text_;
  streamz::Acks held_;

  void look_at(std::string_view text) {
    if (text.size() > text_.size()) text_ = text;
  }
};

STREAMZ_PLUGIN(combining, "1.0", Longest)
