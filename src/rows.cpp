// SPDX-License-Identifier: Apache-2.0
#include "rows.h"

#include <simdjson.h>

#include <algorithm>

#include <fmt/format.h>

#include "error.h"
#include "module.h"
#include "streamz/text.h"

namespace streamz {

namespace {

constexpr const char* kFatal = "E0901";

// One code unit behind a backslash in TSV; the backslash itself where it means nothing.
void add_unescaped(std::string_view field, std::string& out) {
  for (std::size_t i = 0; i < field.size(); ++i) {
    const std::size_t meant = field[i] == '\\' && i + 1 < field.size() ? std::string_view("tnr\\").find(field[i + 1])
                                                                       : std::string_view::npos;
    out += meant == std::string_view::npos ? field[i] : "\t\n\r\\"[meant];
    i += meant == std::string_view::npos ? 0 : 1;
  }
}

void append_escaped(std::string_view field, std::string& out) {
  for (const char c : field) {
    const std::size_t special = std::string_view("\t\n\r\\").find(c);
    if (special == std::string_view::npos) {
      out += c;
    } else {
      out += '\\';
      out += "tnr\\"[special];
    }
  }
}

void append_quoted(std::string_view field, bool alone, std::string& out) {
  // A line without anything is no row, so the one field of a row has to be seen.
  if (field.find_first_of("\",\r\n") == std::string_view::npos && !(alone && field.empty())) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

// ---- reading

RowReader::RowReader(Table table, bool header) : table_(table), header_(header) {
  if (table == Table::csv) {
    const auto* const module = static_cast<const CsvModule*>(module_symbol("csv", "streamz_csv_module"));
    csv_.reset(module->open());
  }
}

void RowReader::forget() {
  row_.clear();
  begun_ = false;
  if (csv_) {
    Row ignored;
    try {
      csv_->finish(ignored);
    } catch (const Error&) {  // it was inside quotes
    }
  }
}

// The fields of a line, into row_. True: the row is complete.
bool RowReader::split(std::string_view line) {
  if (csv_) return csv_->take(line, row_);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.empty() && keys_.size() != 1) return false;
  for (bool more = true; more;) {
    const std::size_t tab = std::min(line.find('\t'), line.size());
    add_unescaped(line.substr(0, tab), row_.bytes);
    row_.ends.push_back(row_.bytes.size());
    more = tab < line.size();
    line.remove_prefix(std::min(tab + 1, line.size()));
  }
  return true;
}

bool RowReader::take(std::string_view line, std::string& record) {
  try {
    const bool whole = split(line);
    begun_ = !whole && csv_ && (begun_ || line.find_first_not_of("\r\n") != line.npos);
    return whole && made(record);
  } catch (const Error&) {
    row_.clear();
    begun_ = false;
    throw;
  }
}

bool RowReader::finish(std::string& record) {
  if (!csv_) return false;
  try {
    return csv_->finish(row_) && made(record);
  } catch (const Error&) {
    row_.clear();
    throw;
  }
}

void RowReader::take_header() {
  for (std::size_t i = 0; i < row_.size(); ++i) {
    if (!simdjson::validate_utf8(row_[i].data(), row_[i].size())) throw Error("its header is not UTF-8", "", kFatal);
    std::string key = text::quoted(row_[i]);
    if (std::find(keys_.begin(), keys_.end(), key) != keys_.end()) {
      throw Error(fmt::format("its header has {} twice", key), "header=false reads the rows as arrays", kFatal);
    }
    keys_.push_back(std::move(key));
  }
  header_ = false;
}

namespace {

// Where fields are UTF-8 together, and one begins in the middle of a character.
bool cuts_characters(const Row& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!row[i].empty() && (static_cast<unsigned char>(row[i].front()) & 0xC0) == 0x80) return true;
  }
  return false;
}

}  // namespace

// Of a complete row. False: it was the header.
bool RowReader::made(std::string& record) {
  if (header_) {
    take_header();
    row_.clear();
    return false;
  }
  if (!keys_.empty() && row_.size() != keys_.size()) {
    throw Error(
        fmt::format("the row has {} field{}, the header {}", row_.size(), row_.size() == 1 ? "" : "s", keys_.size()));
  }
  if (!simdjson::validate_utf8(row_.bytes) || cuts_characters(row_)) throw Error("the row is not UTF-8");
  record = keys_.empty() ? '[' : '{';
  for (std::size_t i = 0; i < row_.size(); ++i) {
    if (i > 0) record += ',';
    if (!keys_.empty()) record += keys_[i] + ':';
    record += text::number_or_string(row_[i]);
  }
  record += keys_.empty() ? ']' : '}';
  row_.clear();
  return true;
}

std::optional<std::vector<std::string>> RowReader::first_row(Table table, std::string_view text) {
  RowReader reader(table, false);
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    if (reader.split(text.substr(0, size))) {
      std::vector<std::string> fields;
      for (std::size_t i = 0; i < reader.row_.size(); ++i) fields.emplace_back(reader.row_[i]);
      return fields;
    }
    text.remove_prefix(size);
  }
  return std::nullopt;
}

// ---- writing

RowWriter::RowWriter(Table table, bool header, std::vector<std::string> columns)
    : table_(table), header_(header && columns.empty()), columns_(std::move(columns)) {}

void RowWriter::append_row(const std::vector<std::string_view>& values, std::string& out) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += table_ == Table::csv ? ',' : '\t';
    std::string decoded;
    std::string_view field = values[i];
    if (field.starts_with('"')) {
      decoded = text::decoded(field);
      field = decoded;
    } else if (field == "null") {
      field = {};
    }
    if (table_ == Table::csv) {
      append_quoted(field, values.size() == 1, out);
    } else {
      append_escaped(field, out);
    }
  }
  out += '\n';
}

// The columns are the first record's keys.
void RowWriter::open(std::string_view object, std::string& out) {
  std::vector<std::string> names;
  text::each_field(object, [&](std::string_view key, std::string_view) {
    std::string name = text::decoded(key);
    if (std::find(columns_.begin(), columns_.end(), name) != columns_.end()) return;
    columns_.push_back(std::move(name));
    names.emplace_back(key);
  });
  if (columns_.empty()) throw Error("a row needs at least one field");
  if (header_) append_row({names.begin(), names.end()}, out);
}

void RowWriter::append_object(std::string_view object, std::string& out) {
  values_.assign(columns_.size(), "null");
  std::size_t next = 0;  // where the keys of records alike stand
  text::each_field(object, [&](std::string_view key, std::string_view value) {
    const std::string name = text::decoded(key);
    if (next >= columns_.size() || columns_[next] != name) {
      next = static_cast<std::size_t>(std::find(columns_.begin(), columns_.end(), name) - columns_.begin());
    }
    if (next == columns_.size()) {
      throw Error(fmt::format("{} is none of the columns, which the first record has set: {}", printable(key, 60),
                              printable(fmt::format("{}", fmt::join(columns_, ",")), 200)),
                  "map '{a, b}' before it chooses the columns");
    }
    values_[next++] = value;
  });
  append_row(values_, out);
}

void RowWriter::append(std::string_view record, std::string& out) {
  const bool is_array = text::is_array(record);
  if (!is_array && !text::is_object(record)) {
    throw Error(std::string("a row is made of an object or an array, not of ") + text::kind_of(record));
  }
  if (columns_.empty() && !arrays_) {
    arrays_ = is_array;
    if (!is_array) open(record, out);
  }
  if (is_array != arrays_) {
    throw Error(
        fmt::format("the rows before it were {}, this is {}", arrays_ ? "arrays" : "objects", text::kind_of(record)));
  }
  if (!is_array) return append_object(record, out);
  values_.clear();
  text::each_element(record, [&](std::string_view value) {
    values_.push_back(value);
    return true;
  });
  if (values_.empty()) throw Error("a row needs at least one field");
  append_row(values_, out);
}

}  // namespace streamz
