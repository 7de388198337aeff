// SPDX-License-Identifier: Apache-2.0
#include "plugins_check.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cases.h"
#include "contract.h"
#include "data_stdout.h"
#include "last_words.h"
#include "loader.h"
#include "process_state.h"

namespace streamz {

namespace {

using Verdict = PackageReport::Verdict;
using Entries = std::vector<const Entry*>;

// A little longer than the guard round the loading waits, so that its words come first.
constexpr std::chrono::milliseconds limit{11'000};

// ---- in the child: what is found goes back as JSON, one object

json tried(const Entries& entries, bool allow_unsafe) {
  Loader loader(allow_unsafe);
  protect_stdout();  // itself a change, and not the plugin's
  const ProcessState before;
  const StageClass* type = nullptr;
  for (const Entry* const entry : entries) loader.make(*entry, type);
  json remarks = json::array();
  const std::vector<std::string> changes = before.changes(ProcessState());
  if (!changes.empty()) remarks.push_back(fmt::format("changes on load: {}", fmt::join(changes, ", ")));
  for (const Diagnostic& warning : loader.warnings) {
    if (warning.code == "W0149") throw Error(warning.message, "nothing but data belongs there", warning.code);
    remarks.push_back(fmt::format("{} ({})", warning.message, warning.code));
  }
  return remarks;
}

json examined(const Entries& entries, const Index& index) {
  json remarks = tried(entries, index.allow_unsafe());
  int examples = 0;
  for (const Entry* const entry : entries) {
    for (const std::string& fault : left_unsaid(*entry)) remarks.push_back(fmt::format("{}: {}", entry->name, fault));
    if (entry->state != Entry::State::ok) continue;  // its name is another's in a chain
    const CaseReport report = run_examples(index, entry);
    if (report.failed > 0) throw Error(report.text.substr(0, report.text.find_last_not_of('\n') + 1), "", "R0301");
    examples += report.passed;
  }
  return {{"remarks", remarks}, {"examples", examples}};
}

[[noreturn]] void child(const Entries& entries, const Index& index, int answers, int messages) {
  dup2(messages, STDOUT_FILENO);
  dup2(messages, STDERR_FILENO);
  json answer;
  try {
    answer = examined(entries, index);
  } catch (const Error& error) {
    answer = {{"code", error.code}, {"message", error.what()}, {"hint", error.hint}};
  }
  const std::string text = answer.dump(-1, ' ', false, json::error_handler_t::replace);
  const bool written = write(answers, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  _exit(written ? 0 : 1);
}

// ---- in the parent

// What comes through the pipe until it is closed or the time is over.
std::string read_until(int fd, std::chrono::steady_clock::time_point end) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd ready{fd, POLLIN, 0};
    if (left <= 0 || poll(&ready, 1, static_cast<int>(left)) <= 0) return text;
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

// The last words of a child that could not answer: those of the guard, or what became of the process.
void without_answer(PackageReport& report, int status, bool killed, const std::string& said) {
  const std::string mark = "error[";
  if (const std::size_t at = said.find(mark); at != std::string::npos) {
    const std::size_t code_end = said.find(']', at), end = std::min(said.find('\n', at), said.size());
    report.code = said.substr(at + mark.size(), code_end - at - mark.size());
    report.message = said.substr(code_end + 3, end - code_end - 3);
  } else if (killed) {
    report.code = "E0151";
    report.message = fmt::format("{} did not get through in 10 s", report.package);
  } else {
    report.code = "E0150";
    report.message = fmt::format("{} ended the process: {}", report.package,
                                 WIFSIGNALED(status) ? std::string(signal_name(WTERMSIG(status)))
                                                     : fmt::format("_exit({})", WEXITSTATUS(status)));
  }
}

void answered(PackageReport& report, const json& answer) {
  if (answer.contains("code")) {
    report.code = answer["code"];
    report.message = answer["message"];
    report.hint = answer["hint"];
    return;
  }
  report.remarks = answer["remarks"].get<std::vector<std::string>>();
  report.examples = answer["examples"];
  report.verdict = report.remarks.empty() ? Verdict::ok : Verdict::warn;
}

PackageReport check_package(const Entries& entries, const Index& index) {
  PackageReport report;
  report.package = entries.front()->package;
  report.stages = static_cast<int>(entries.size());
  const auto start = std::chrono::steady_clock::now();
  int ends[2];
  const int messages = memfd_create("streamz-messages", MFD_CLOEXEC);
  if (messages < 0 || pipe2(ends, O_CLOEXEC) != 0) throw Error("cannot start a process");
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid < 0) throw Error("cannot start a process");
  if (pid == 0) child(entries, index, ends[1], messages);
  close(ends[1]);
  const std::string answer = read_until(ends[0], start + limit);
  const bool killed = answer.empty() && std::chrono::steady_clock::now() >= start + limit;
  if (killed) kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  close(ends[0]);
  std::string said(static_cast<std::size_t>(std::max<off_t>(lseek(messages, 0, SEEK_END), 0)), '\0');
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(pread(messages, said.data(), said.size(), 0), 0)));
  close(messages);
  if (answer.empty()) {
    without_answer(report, status, killed, said);
  } else {
    answered(report, json::parse(answer));
  }
  report.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return report;
}

bool is_called(const Entries& entries, std::string_view name) {
  return name.empty() || std::any_of(entries.begin(), entries.end(), [&](const Entry* entry) {
           return entry->package == name || entry->name == fold(name);
         });
}

const char* word(Verdict verdict) { return verdict == Verdict::ok ? "ok" : verdict == Verdict::warn ? "WARN" : "FAIL"; }

std::string counted(int number, const char* what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

}  // namespace

std::vector<PackageReport> check_packages(const Index& index, std::string_view name) {
  std::vector<Entries> packages;
  for (const Entry& entry : index.all()) {
    if (entry.manifest == nullptr || entry.state == Entry::State::shadowed) continue;
    if (packages.empty() || packages.back().front()->manifest != entry.manifest) packages.emplace_back();
    packages.back().push_back(&entry);
  }
  std::vector<PackageReport> reports;
  for (const Entries& entries : packages) {
    if (is_called(entries, name)) reports.push_back(check_package(entries, index));
  }
  return reports;
}

std::string to_text(const std::vector<PackageReport>& reports) {
  std::size_t width = 0;
  for (const PackageReport& report : reports) width = std::max(width, report.package.size());
  std::string out;
  std::size_t usable = 0;
  for (const PackageReport& report : reports) {
    const bool failed = report.verdict == Verdict::fail;
    usable += failed ? 0 : 1;
    const std::string fact = failed ? report.code : fmt::format("{:.1f} ms", report.milliseconds);
    const std::string text =
        failed ? report.message : counted(report.stages, "stage") + ", " + counted(report.examples, "example");
    out += fmt::format("{:<4}  {:<{}}  {:<8}  {}\n", word(report.verdict), report.package, width, fact, text);
    for (const std::string& remark : report.remarks) out += fmt::format("  = note: {}\n", remark);
    if (!report.hint.empty()) out += fmt::format("  = fix:  {}\n", report.hint);
  }
  return out + fmt::format("{} of {} usable\n", usable, reports.size());
}

std::string to_json(const std::vector<PackageReport>& reports) {
  json out = json::array();
  for (const PackageReport& report : reports) {
    json row = {{"package", report.package}, {"state", word(report.verdict)}, {"ms", report.milliseconds}};
    if (report.verdict == Verdict::fail) {
      row.update({{"code", report.code}, {"message", report.message}, {"fix", report.hint}});
    } else {
      row.update({{"stages", report.stages}, {"examples", report.examples}, {"remarks", report.remarks}});
    }
    out.push_back(std::move(row));
  }
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace streamz
