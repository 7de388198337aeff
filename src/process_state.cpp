// SPDX-License-Identifier: Apache-2.0
#include "process_state.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <filesystem>
#include <iterator>
#include <memory>

#include <fmt/format.h>

#include "last_words.h"

namespace streamz {

namespace {

// Names in a directory of /proc, without the descriptor that reads it.
std::set<std::string> names_in(const char* directory) {
  std::set<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(directory), closedir);
  if (open == nullptr) return names;
  const std::string own = std::to_string(dirfd(open.get()));
  while (const dirent* const entry = readdir(open.get())) {
    if (own != entry->d_name) names.insert(entry->d_name);
  }
  return names;
}

std::vector<std::string> added(const std::set<std::string>& before, const std::set<std::string>& after) {
  std::vector<std::string> only;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(only));
  return only;
}

void count(std::vector<std::string>& into, std::size_t number, const char* what) {
  if (number > 0) into.push_back(fmt::format("{} {}{}", number, what, number == 1 ? "" : "s"));
}

}  // namespace

ProcessState::ProcessState() : mask_(umask(0)) {
  umask(mask_);
  std::error_code gone;
  directory_ = std::filesystem::current_path(gone).string();
  locale_ = std::setlocale(LC_ALL, nullptr);
  descriptors_ = names_in("/proc/self/fd");
  threads_ = names_in("/proc/self/task");
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    environment_.insert(*variable);
  }
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, nullptr, &actions_[signal]);
}

std::vector<std::string> ProcessState::changes(const ProcessState& later) const {
  std::vector<std::string> list;
  if (directory_ != later.directory_) list.emplace_back("cwd");
  if (mask_ != later.mask_) list.emplace_back("umask");
  for (int signal = 1; signal < NSIG; ++signal) {
    const auto now = later.actions_[signal].sa_handler;
    if (actions_[signal].sa_handler == now) continue;
    const char* const what = now == SIG_IGN ? "ignored" : now == SIG_DFL ? "reset" : "handled";
    list.push_back(fmt::format("{} {}", signal_name(signal), what));
  }
  if (locale_ != later.locale_) list.emplace_back("locale");
  count(list, added(descriptors_, later.descriptors_).size(), "fd");
  count(list, added(threads_, later.threads_).size(), "thread");
  for (const std::string& variable : added(environment_, later.environment_)) {
    list.push_back("environment " + variable.substr(0, variable.find('=')));
  }
  return list;
}

}  // namespace streamz
