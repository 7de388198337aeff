// SPDX-License-Identifier: Apache-2.0
// Takes fields of objects, or elements of arrays, out as they were written.
// Tested by tests/cases/pluck.test.
#include <charconv>

#include "../streamz/spec.h"
#include "../streamz/text.h"

namespace streamz {

namespace {

struct PluckNode : Stream {
  enum class Missing { error, null, skip };
  list<std::string> pick;
  Missing missing = Missing::error;

  static void describe(Spec<PluckNode>& s) {
    s.summary("take out a field or an element");
    s.details(
        "Of an object a field by its name, of an array an element by its index; a negative index counts from "
        "the end. Several give an array. The text of a value is not touched: 1.0 stays 1.0.");
    s.param("pick", &PluckNode::pick, "field names or indexes").positional().required().repeat();
    s.param("missing", &PluckNode::missing, "what a record without it gives: an error, null, or nothing at all")
        .one_of({"error", "null", "skip"});
    s.stateless();
    s.example("$NAME a", "{\"a\":1.0,\"b\":2} {\"a\":[3]}", "1.0 [3]");
    s.example("$NAME b,a", "{\"a\":1,\"b\":2}", "[2,1]");
    s.example("$NAME 0,-1", "[1,2,3]", "[1,3]");
    s.example("$NAME a missing=skip", "{\"b\":1} {\"a\":2}", "2");
  }

  void update(const Record& x) override {
    if (pick.size() == 1) {
      const std::optional<std::string_view> found = find(x.raw(), pick.front());
      if (!found) return missing == Missing::null ? (void)emit(JsonText{"null"}) : void();
      Record part = x;
      part.assign(*found, x.line());
      emit(part);
      return;
    }
    made_ = "[";
    for (const std::string& name : pick) {
      const std::optional<std::string_view> found = find(x.raw(), name);
      if (!found && missing == Missing::skip) return;
      if (made_.size() > 1) made_ += ',';
      made_ += found.value_or("null");
    }
    made_ += ']';
    emit(JsonText{made_});
  }

 private:
  std::string made_;

  std::optional<std::string_view> find(std::string_view json, const std::string& name) const {
    std::optional<std::string_view> found;
    if (text::is_array(json)) {
      long index = 0;
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
      if (error == std::errc() && end == name.data() + name.size()) found = text::element(json, index);
    } else {
      found = text::field(json, name);
    }
    if (!found && missing == Missing::error) throw Error(explain(json, name), "missing=null or missing=skip");
    return found;
  }

  static std::string explain(std::string_view json, const std::string& name) {
    if (text::is_object(json)) return "there is no field `" + name + "`";
    if (!text::is_array(json)) return std::string(text::kind_of(json)) + " has no field `" + name + "`";
    return "there is no element `" + name + "` in an array of " + std::to_string(text::count_elements(json));
  }
};

}  // namespace

extern constinit const StageClass pluck_stage = stage_class<PluckNode>("PluckNode");

}  // namespace streamz
