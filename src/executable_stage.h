// SPDX-License-Identifier: Apache-2.0
// The arguments of an executable plugin's stage: what it was given, as its program gets it. Private to
// executable*.cpp. Tested by tests/executable_test.cpp.
#pragma once

#include "executable.h"
#include "program_stage.h"

namespace streamz {

// The arguments that a stage was given, as the program gets them.
class ProgramArguments {
 public:
  explicit ProgramArguments(const Executable& executable);
  virtual ~ProgramArguments() = default;
  void set(std::size_t param, std::string_view text);  // throws Error when it does not fit

 protected:
  const Executable& executable() const { return executable_; }
  bool told_to_acknowledge_on_write() const;
  Program called() const;

 private:
  json values() const;  // by name; what was not given has its default, or is left out
  const Executable& executable_;
  std::vector<std::vector<std::string>> given_;  // by parameter
};

// A ProgramStage whose program is that of a plugin.
template <class Stage>
class ExecutableStage : public Stage, public ProgramArguments {
 public:
  explicit ExecutableStage(const Executable& executable) : ProgramArguments(executable) {}

 protected:
  Program program() override { return called(); }
  std::string program_name() const override { return this->executable().name; }
  bool acknowledges_on_write() const override { return told_to_acknowledge_on_write(); }
};

}  // namespace streamz
