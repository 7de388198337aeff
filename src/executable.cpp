// SPDX-License-Identifier: Apache-2.0
#include "executable.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "child.h"
#include "error.h"
#include "executable_stage.h"
#include "paths.h"
#include "safe_file.h"
#include "values.h"

namespace streamz {

namespace {

[[noreturn]] void refuse(const std::string& fact, const std::string& hint = {}, const char* code = "E0155") {
  throw Error(fact, hint, code);
}

bool is_executable(const std::string& file) {
  struct stat info {};
  return stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) && access(file.c_str(), X_OK) == 0;
}

// As a shell finds it, but never in the working directory. "" when it is nowhere.
std::string find_on_path(const std::string& word) {
  const char* const variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "/usr/local/bin:/usr/bin:/bin" : variable;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    std::string file = std::string(rest.substr(0, end)) + '/' + word;
    if (rest.starts_with('/') && is_executable(file)) return file;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(word.size());
  return word;
}

// What stands behind "#!" is there as well: otherwise the kernel says of the script that it does not exist.
void check_interpreter(const std::string& file) {
  std::array<char, 256> bytes{};
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const ssize_t size = fd < 0 ? -1 : read(fd, bytes.data(), bytes.size());
  if (fd >= 0) close(fd);
  std::string_view line(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  if (!line.starts_with("#!")) return;
  line = line.substr(2, std::min(line.find('\n'), line.size()) - 2);
  const std::string interpreter(take_word(line));
  if (!is_executable(interpreter)) {
    refuse(fmt::format("{}: its interpreter {} does not exist", file, printable(interpreter)),
           interpreter.ends_with('\r') ? "its lines end in CR LF" : "");
  }
  const std::string word(take_word(line));
  const bool by_name =
      interpreter.ends_with("/env") && !word.empty() && word.front() != '-' && word.find_first_of("=/") == word.npos;
  if (by_name && find_on_path(word).empty()) {
    refuse(fmt::format("{}: its interpreter {} is not on $PATH", file, printable(word)), "install it");
  }
}

void check_beside(const Manifest& manifest, const std::string& name, bool allow_unsafe) {
  struct stat info {};
  if (stat(name.c_str(), &info) != 0) {
    const int reason = errno;
    if (reason != ENOENT) refuse(fmt::format("{} cannot be read: {}", name, std::strerror(reason)));
    const std::optional<std::string> target = target_of(name);
    refuse(fmt::format("{} is installed without its program: {}{} does not exist", manifest.package, name,
                       target ? " → " + *target : ""),
           "install the package again, or remove " + manifest.file, "E0145");
  }
  if (!S_ISREG(info.st_mode)) refuse(name + " is not a program");
  if (!allow_unsafe) {
    require_safe_target(name);
    require_safe(info, name);
  }
  if (!is_executable(name)) {
    refuse(fmt::format("{} is not executable (mode {:04o})", name, info.st_mode & 07777), "chmod +x " + name);
  }
}

// Everything that the program prints, for at most `limit`; nothing when that is over.
std::optional<std::string> output_of(Child& child, Duration limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  std::string text;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd ready[] = {{child.out(), POLLIN, 0}, {child.err(), POLLIN, 0}};
    if (left.count() < 0 || text.size() > (1U << 20)) return std::nullopt;
    if (poll(ready, 2, static_cast<int>(left.count()) + 1) <= 0) continue;
    std::array<char, 4096> bytes{};
    if (ready[1].revents != 0 && read(child.err(), bytes.data(), bytes.size()) == 0) child.close_err();
    if (ready[0].revents == 0) continue;
    const ssize_t size = read(child.out(), bytes.data(), bytes.size());
    if (size == 0) break;
    if (size > 0) text.append(bytes.data(), static_cast<std::size_t>(size));
  }
  pollfd ended{child.ended_descriptor(), POLLIN, 0};
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  poll(&ended, 1, static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0)));
  return child.status() ? std::optional(text) : std::nullopt;
}

}  // namespace

std::string find_program(const Manifest& manifest, bool allow_unsafe) {
  const std::string& word = manifest.command.front();
  if (!allow_unsafe) {
    struct stat info {};
    require_safe_directory(directory_of(manifest.file));
    require_safe_target(manifest.file);
    if (stat(manifest.file.c_str(), &info) == 0) require_safe(info, manifest.file);
  }
  if (!word.starts_with("./")) {
    std::string found = find_on_path(word);
    if (found.empty()) {
      refuse(fmt::format("{}: `{}` is not on $PATH", manifest.package, printable(word)),
             fmt::format("install it; a program beside the manifest is written ./{}", printable(word)));
    }
    check_interpreter(found);
    return found;
  }
  std::string file = beside(manifest.file, word.substr(2));
  check_beside(manifest, file, allow_unsafe);
  check_interpreter(file);
  return file;
}

json describe_program(const Manifest& manifest, Duration limit) {
  Program program;
  program.path = find_program(manifest, true);
  program.arguments.assign(manifest.command.begin() + 1, manifest.command.end());
  program.arguments.emplace_back("--streamz-describe");
  program.environment = {"STREAMZ_PROTOCOL=1"};
  program.input = false;
  Child child;
  child.start(program);
  const auto refuse_answer = [&](const std::string& why) {
    refuse(fmt::format("{} does not describe itself: {} --streamz-describe {}", manifest.package,
                       fmt::join(manifest.command, " "), why),
           "it has to print one JSON object, the \"stages\" of the manifest");
  };
  const std::optional<std::string> text = output_of(child, limit);
  if (!text) refuse_answer(fmt::format("did not end within {}", to_text(limit)));
  if (const int status = *child.status(); status != 0) refuse_answer(end_text(status));
  json stages = json::parse(*text, nullptr, false);
  if (!stages.is_object()) refuse_answer(fmt::format("printed `{}`", printable(text->substr(0, text->find('\n')), 60)));
  for (const EntryPoint& point : manifest.entry_points) {
    if (!stages.contains(point.name)) refuse_answer(fmt::format("says nothing of `{}`", point.name));
    try {
      spec_from_json(stages[point.name].dump());
    } catch (const Error& error) {
      refuse_answer(fmt::format("says of `{}`: {}", point.name, error.what()));
    }
  }
  return stages;
}

Executable::Executable(const Entry& entry, bool allow_unsafe)
    : manifest(entry.manifest),
      spec(entry.spec()),
      name(entry.name),
      kind(entry.kind),
      path(find_program(*entry.manifest, allow_unsafe)) {}

StageClass Executable::type() const {
  const bool frames = manifest->protocol == "frames";
  return {name.c_str(),
          kind,
          [](const void* context) -> const StageSpec& { return *static_cast<const Executable*>(context)->spec; },
          frames ? [](const void* context) { return make_frames_stage(*static_cast<const Executable*>(context)); }
                 : [](const void* context) { return make_lines_stage(*static_cast<const Executable*>(context)); },
          [](Stream* stage) noexcept { delete stage; },
          [](Stream& stage, std::size_t param, std::string_view text) {
            dynamic_cast<ProgramArguments&>(stage).set(param, text);
          },
          this};
}

}  // namespace streamz
