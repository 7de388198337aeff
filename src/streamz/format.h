// SPDX-License-Identifier: Apache-2.0
// The formats of files, for stages that read or write them: the words for format=, and the format that a
// file's name stands for. Tested by tests/text_test.cpp.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "record.h"

namespace streamz {

enum class FileFormat { jsonl, json, text };

// For one_of(), in the order of the enumerators.
inline constexpr std::initializer_list<const char*> file_formats = {"jsonl", "json", "text"};

inline const char* to_string(FileFormat format) { return file_formats.begin()[static_cast<std::size_t>(format)]; }

// By the extension, looking through that of a compressed file: a.json.gz is json. Anything unknown is
// jsonl. Throws Error for the extension of a format that there is no reader for.
inline FileFormat format_of(std::string_view file_name) {
  const auto take_extension = [&]() -> std::string_view {
    const std::size_t dot = file_name.rfind('.');
    if (dot == std::string_view::npos || file_name.find('/', dot) != std::string_view::npos) return {};
    const std::string_view extension = file_name.substr(dot + 1);
    file_name = file_name.substr(0, dot);
    return extension;
  };
  const std::string whole(file_name);
  std::string_view extension = take_extension();
  if (extension == "gz" || extension == "zst") extension = take_extension();
  if (extension == "json") return FileFormat::json;
  if (extension == "txt" || extension == "log") return FileFormat::text;
  if (extension == "csv" || extension == "tsv") {
    throw Error(whole + ": " + std::string(extension) + " is no format here",
                "format=text takes the lines of a file as strings");
  }
  return FileFormat::jsonl;
}

}  // namespace streamz
