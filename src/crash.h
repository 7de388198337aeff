// SPDX-License-Identifier: Apache-2.0
// Last words of a run that the code of a plugin ends: which stage it was, before the process dies by the
// signal; and of a process at whose end a plugin crashes. Tested by tests/plugins/bad (37).
#pragma once

#include <optional>
#include <vector>

#include "last_words.h"

namespace streamz {

struct Graph;
class Node;

// Stands from a graph with plugins on that runs, and does nothing for one without. One at a time in a process.
class CrashReport {
 public:
  explicit CrashReport(const Graph& graph);
  ~CrashReport();
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;

  // On the stack of each thread that runs stages: `nodes` are those that it may call.
  class Thread {
   public:
    explicit Thread(const std::vector<Node*>& nodes);
    ~Thread();
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

   private:
    std::optional<HandlerStack> stack_;
  };
};

}  // namespace streamz
