// SPDX-License-Identifier: Apache-2.0
// Adds to each record what a file says of it. Tested by tests/cases/lookup.test.
#include <sys/stat.h>

#include <unordered_map>

#include "../files/read_input.h"
#include "../streamz/text.h"

namespace streamz {

namespace {

// What tells one state of a file from another; a file that is put in place of it has another number.
struct Stamp {
  dev_t device = 0;
  ino_t number = 0;
  off_t size = 0;
  std::int64_t modified = 0;  // ns

  explicit Stamp(const std::string& name) {
    struct stat there {};
    if (stat(name.c_str(), &there) != 0) return;
    device = there.st_dev;
    number = there.st_ino;
    size = there.st_size;
    modified = std::int64_t{there.st_mtim.tv_sec} * 1'000'000'000 + there.st_mtim.tv_nsec;
  }
  bool operator==(const Stamp&) const = default;
};

struct LookupNode : Stream {
  Path file;
  Expr key;
  Expr on;
  std::string as;
  std::optional<FileFormat> format;
  bool header = true;
  Duration reload = std::chrono::seconds(1);

  static void describe(Spec<LookupNode>& s) {
    s.summary("add to each record what a file says of it");
    s.details(
        "The file is read when the chain starts, and again when it has changed. Of rows with the same key the last "
        "counts; a key that is in no row gives null. The name of the file decides how it is read, as for "
        "`from_file`. While a changed file cannot be read, the one before it holds.");
    s.param("file", &LookupNode::file, "the file").positional().required();
    s.param("key", &LookupNode::key, "the key of a row").required();
    s.param("on", &LookupNode::on, "the key of a record").required();
    s.param("as", &LookupNode::as, "the field that the row becomes").required();
    s.param("format", &LookupNode::format, "how it is read; not given: by its name").one_of(file_formats);
    s.param("header", &LookupNode::header, header_doc);
    s.param("reload", &LookupNode::reload, "how long to wait before looking for a change again");
    s.state("the rows of the file");
    s.example("$NAME /dev/null key=.id on=.user as=name", R"({"user":1})", R"({"user":1,"name":null})");
  }

  void start() override { load(); }

  void update(const Record& x) override {
    if (!text::is_object(x.raw())) throw Error(std::string("needs an object, got ") + text::kind_of(x.raw()));
    const Time time = now();
    if (time >= next_look_) look(time);
    on.key(x, text_);
    const auto found = rows_.find(text_);
    emit(JsonText{text::with_field(x.raw(), as, found == rows_.end() ? "null" : found->second)});
  }

 private:
  std::unordered_map<std::string, std::string> rows_;  // by key
  Stamp stamp_{""};
  Time next_look_{};
  std::string text_;

  void load() {
    next_look_ = now() + reload;
    stamp_ = Stamp(file.name);  // before reading: what changes meanwhile is found at the next look
    std::unordered_map<std::string, std::string> rows;
    std::string row_key;
    read_whole_file(node(), file.name, to_string(format ? *format : format_of(file.name), header),
                    [&](const Record& row) {
                      key.key(row, row_key);
                      rows[row_key] = row.raw();
                    });
    rows_ = std::move(rows);
  }

  void look(Time time) {
    next_look_ = time + reload;
    if (Stamp(file.name) == stamp_) return;
    try {
      load();
    } catch (const Error& error) {
      log(std::string(error.what()) + "; the rows read before hold");
    }
  }
};

}  // namespace

extern constinit const StageClass lookup_stage = stage_class<LookupNode>("LookupNode");

}  // namespace streamz
