// SPDX-License-Identifier: Apache-2.0
// The formats of files, for stages that read or write them: the words for format=, and the format that a
// file's name stands for. Tested by tests/text_test.cpp.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace streamz {

enum class FileFormat { jsonl, json, csv, tsv, text };

// For one_of(), in the order of the enumerators.
inline constexpr std::initializer_list<const char*> file_formats = {"jsonl", "json", "csv", "tsv", "text"};

inline constexpr const char* header_doc = "csv and tsv: the first row names the fields; false: rows are arrays";

// What LineReader and LineWriter are opened with.
inline std::string to_string(FileFormat format, bool header = true) {
  return std::string(file_formats.begin()[static_cast<std::size_t>(format)]) + (header ? "" : " header=false");
}

// Takes ".gz" off the end of the name of a file.
inline std::string_view take_extension(std::string_view& file_name) {
  const std::size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos || file_name.find('/', dot) != std::string_view::npos) return {};
  const std::string_view extension = file_name.substr(dot + 1);
  file_name = file_name.substr(0, dot);
  return extension;
}

// By the extension, looking through that of a compressed file: a.json.gz is json. Anything unknown is jsonl.
inline FileFormat format_of(std::string_view file_name) {
  std::string_view extension = take_extension(file_name);
  if (extension == "gz" || extension == "zst") extension = take_extension(file_name);
  if (extension == "json") return FileFormat::json;
  if (extension == "csv") return FileFormat::csv;
  if (extension == "tsv") return FileFormat::tsv;
  if (extension == "txt" || extension == "log") return FileFormat::text;
  return FileFormat::jsonl;
}

// How a file of that name is written: "gzip", "zstd", or "" for plain.
inline std::string compression_of(std::string_view file_name) {
  const std::string_view extension = take_extension(file_name);
  return extension == "gz" ? "gzip" : extension == "zst" ? "zstd" : "";
}

}  // namespace streamz
