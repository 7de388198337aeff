// SPDX-License-Identifier: Apache-2.0
// The module csv.so: libcsv as a CsvParser.
#include "csv_module.h"

#include <csv.h>

#include <new>

#include "streamz/record.h"

namespace streamz {

namespace {

class Parser : public CsvParser {
 public:
  Parser() { open(); }
  ~Parser() override { csv_free(&parser_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  bool take(std::string_view line, Row& row) override {
    row_ = &row;
    complete_ = false;
    if (csv_parse(&parser_, line.data(), line.size(), on_field, on_row, this) != line.size()) fault();
    return complete_;
  }

  bool finish(Row& row) override {
    row_ = &row;
    complete_ = false;
    if (csv_fini(&parser_, on_field, on_row, this) != 0) fault();
    return complete_;
  }

 private:
  void open() {
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) != 0) throw std::bad_alloc();
    // Blanks belong to a field; the library would take them off.
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });
  }
  static void on_field(void* text, std::size_t size, void* self) {
    static_cast<Parser*>(self)->row_->add({static_cast<const char*>(text), size});
  }
  static void on_row(int /*terminator*/, void* self) { static_cast<Parser*>(self)->complete_ = true; }

  [[noreturn]] void fault() {
    const int error = csv_error(&parser_);
    csv_free(&parser_);  // there is no other way back to the beginning of a row
    open();
    if (error == CSV_ENOMEM) throw std::bad_alloc();
    throw Error("a quote stands where none may be, or is not closed",
                "a quoted field is quoted whole: \"a \"\"b\"\" c\"");
  }

  csv_parser parser_{};
  Row* row_ = nullptr;
  bool complete_ = false;
};

}  // namespace

}  // namespace streamz

const streamz::CsvModule streamz_csv_module = {[]() -> streamz::CsvParser* { return new streamz::Parser; }};
