// SPDX-License-Identifier: Apache-2.0
#include "crash.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "graph.h"

namespace streamz {

namespace {

constexpr int failed = 1;  // the exit status of a run that a stage ended

// Made before, since a handler may only read and write.
struct Words {
  const Node* node;
  std::string who, what;  // "error[E0150]: shout crashed while running: ", its file and what to do
};
std::vector<Words>& words() {
  static std::vector<Words> of_plugins;
  return of_plugins;
}

// What is said once the graph is gone, and the plugins come to their ends. Still there when statics are not.
std::string* at_the_end = nullptr;
bool graph_is_gone = false;

thread_local const std::vector<Node*>* nodes_here = nullptr;

bool is_active(const Node& node) { return node.current != nullptr || node.in_callback; }

// The stage whose code is running on this thread: the calls into one another go down the links, so it is the
// active one that has called no other. A source has no call of its own.
const Node* running_here() {
  if (nodes_here == nullptr) return nullptr;
  const Node* source = nullptr;
  for (const Node* const node : *nodes_here) {
    if (node->kind() == Kind::source) source = node;
    bool calls_another = false;
    for (const auto& port : node->out) {
      for (const Edge* const edge : port) calls_another |= !edge->cut && is_active(*edge->to);
    }
    if (is_active(*node) && !calls_another) return node;
  }
  return source;
}

void report(std::string_view how) {
  if (graph_is_gone) {
    say(*at_the_end);
    say(how);
    say("\n");
    return;
  }
  const Node* const node = running_here();
  for (const Words& of : words()) {
    if (of.node != node) continue;
    say(of.who);
    say(how);
    say(of.what);
    return;
  }
  if (nodes_here != nullptr) return;  // a built-in stage
  say("error[E0150]: a thread that a plugin started crashed: ");
  say(how);
  say("\n");
}

// The handlers that stood before, which have the last word: a debugger's or a sanitizer's say more.
struct sigaction old_actions[std::size(crash_signals)];
bool handlers_stand = false;

void on_crash(int signal) {
  report(signal_name(signal));
  for (std::size_t i = 0; i < std::size(crash_signals); ++i) {
    if (crash_signals[i] == signal) sigaction(signal, &old_actions[i], nullptr);
  }
  std::raise(signal);  // blocked until the handler returns
}

// Not a signal handler: may format.
void on_exit_called(int status, void*) {
  if (words().empty() || graph_is_gone) return;
  report(fmt::format("exit({})", status & 0xff));
  _exit(failed);
}

bool is_library(const Node& node) { return node.entry->manifest != nullptr && node.entry->manifest->command.empty(); }

}  // namespace

CrashReport::CrashReport(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (!is_library(node)) continue;
    words().push_back({&node, fmt::format("error[E0150]: {} crashed while running: ", node.label),
                       fmt::format("\n  = file: {}\n  = help: streamz plugins check {}\n",
                                   node.entry->manifest->library, node.entry->package)});
  }
  graph_is_gone = false;
  if (words().empty()) return;
  std::set<std::string> packages;
  for (const Words& of : words()) packages.insert(of.node->entry->package);
  delete at_the_end;
  at_the_end =
      new std::string(fmt::format("error[E0150]: {} crashed while the process ended: ", fmt::join(packages, " or ")));
  if (std::exchange(handlers_stand, true)) return;
  on_exit(on_exit_called, nullptr);
  struct sigaction action {};
  action.sa_handler = on_crash;
  action.sa_flags = SA_ONSTACK;
  for (std::size_t i = 0; i < std::size(crash_signals); ++i) {
    sigaction(crash_signals[i], &action, &old_actions[i]);
  }
}

CrashReport::~CrashReport() {
  if (words().empty()) return;
  graph_is_gone = true;
  words().clear();
}

CrashReport::Thread::Thread(const std::vector<Node*>& nodes) {
  if (words().empty()) return;
  stack_.emplace();
  nodes_here = &nodes;
}

CrashReport::Thread::~Thread() { nodes_here = nullptr; }

}  // namespace streamz
