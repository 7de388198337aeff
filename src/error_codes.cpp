// SPDX-License-Identifier: Apache-2.0
// Every code the tool prints: its type, where the reference or Python's import would raise one, and its
// meaning, for `streamz help E0110` and the manual. Codes are stable: never reused, never renumbered.
// Tested by tests/error_test.cpp.
#include <algorithm>

#include "error.h"

namespace streamz {

const std::vector<CodeInfo>& code_table() {
  static const std::vector<CodeInfo> table = {
      {"E0001", "SyntaxError", "A quote or bracket is opened and never closed, so the chain has no end."},
      {"E0002", "SyntaxError",
       "`!` joins two stages and needs a blank on both sides. Inside quotes and brackets it is plain text, and `!=` is "
       "jq's."},
      {"E0003", "SyntaxError", "A stage is missing before, between or after `!`."},
      {"E0004", "SyntaxError",
       "A closing bracket does not fit the one that is open. Brackets and quotes inside an argument must balance."},
      {"E0005", "SyntaxError",
       "One argument holds a whole chain, or a stage with its arguments, and others follow. Quote the whole chain, or "
       "each word that needs it."},
      {"E0006", "SyntaxError", "A KEY=VALUE stands inside an expression. Keys stand before or after it."},
      {"E0007", "SyntaxError",
       "A reference in the middle of a segment would be fed and read at once. End the segment with it, and begin the "
       "next one with it."},
      {"E0100", "SyntaxError", "The chain holds no stage."},
      {"E0101", "UnknownStage", "No built-in and no installed plugin has a stage of this name."},
      {"E0102", "UnknownStage", "The stage belongs to an extra that is not installed."},
      {"E0105", "SyntaxError",
       "`|` joins jq filters inside one expression; stages are joined with `!`. Said only where the jq program does "
       "not "
       "compile."},
      {"E0110", "UnknownArgument", "The stage has no argument of this name."},
      {"E0111", "SyntaxError",
       "An expression with blanks or `;` needs brackets or quotes here: key=(.a + .b). Only the expression that is "
       "given without a key may have blanks."},
      {"E0112", "ValueError",
       "An argument is missing, empty, too many, out of its range, or none of the words that are allowed."},
      {"E0113", "TypeError", "A value has the wrong form: `10secs` where a duration such as 10s is wanted."},
      {"E0115", "TypeError", "An argument is given twice that may be given once."},
      {"E0120", "NameError", "A reference X. reads or feeds a stage, but none is named with name=X."},
      {"E0121", "NameError", "Two stages have the same name."},
      {"E0122", "NameError", "The stage that a reference names has no such port."},
      {"E0130", "GraphError",
       "A sink has no output, but something reads from it. Name the stage before it, and branch there."},
      {"E0131", "GraphError", "A source has no input, but something feeds it."},
      {"E0132", "GraphError", "An input of a stage is fed by nothing."},
      {"E0133", "GraphError",
       "Two ends are open, and only one may read standard input, or write standard output. End the other in a source "
       "or sink of its own, or merge them with `union`."},
      {"E0134", "GraphError",
       "One source feeds two inputs of a stage unevenly: one would have to wait for the other forever. Put a `buffer` "
       "on one of the ways, or join in another manner."},
      {"E0135", "GraphError",
       "The source acknowledges its records, and a stage of the chain cannot say when it is done with them."},
      {"E0136", "GraphError", "The stages feed each other in a circle."},
      {"W0141", "NameCollision",
       "Two packages have a stage of the same name. The first keeps it; the other is reached as PACKAGE:NAME."},
      {"E0141", "ManifestError", "A plugin's manifest cannot be read, or is not the JSON it must be."},
      {"W0142", "", "A part of $STREAMZ_PLUGIN_PATH is empty or relative and is ignored."},
      {"E0142", "ManifestError", "A plugin's manifest has a format that this version does not read."},
      {"E0143", "ManifestError", "An entry point of a manifest is not NAME = PACKAGE:CLASS."},
      {"E0144", "PluginSecurityError",
       "A plugin, its manifest or its directory could be changed by somebody else, so it is not loaded. "
       "--allow-unsafe-plugins overrides this."},
      {"W0144", "", "A plugin could be changed by somebody else and was loaded all the same: --allow-unsafe-plugins."},
      {"E0145", "PluginNotFound", "A plugin's manifest is installed, but its library or program is not."},
      {"E0146", "PluginFormatError", "A plugin's library is not a shared library for this machine, or is cut short."},
      {"E0147", "PluginAbiError",
       "A plugin's library was built in a way that does not fit this program. The message names the field that "
       "differs."},
      {"E0148", "PluginLinkError", "A plugin's library needs a symbol or another library that is not there."},
      {"W0148", "", "A plugin's manifest is older than its library. Build the plugin again."},
      {"E0149", "PluginInitError", "A plugin failed while it was loaded, or while a stage of it was created."},
      {"W0149", "", "A plugin printed on standard output while it was loaded. It was moved to standard error."},
      {"E0150", "PluginCrash", "A plugin crashed or ended the program while it was loaded, or while it ran."},
      {"E0137", "",
       "A source of the chain cannot be read again, or a stage keeps its records elsewhere: no checkpoint."},
      {"E0138", "GraphError",
       "exactly_once= needs a chain all of whose effects can be taken back: sinks that write in the same transaction, "
       "and without --checkpoint no stage that holds records."},
      {"E0151", "PluginTimeout", "A plugin did not load within 10 seconds."},
      {"E0152", "PluginSymbolError",
       "A library describes no plugin, another package, or not the class its manifest names."},
      {"E0153", "ValueError", "An entry point has the name of a command and cannot be used in a chain."},
      {"E0154", "PluginTypeError", "A class is not a subclass of what its group asks for: Source, Stream or Sink."},
      {"E0155", "PluginProtocolError",
       "An executable plugin, or the command of a stage, did not start, did not speak its protocol, or ended badly."},
      {"E0201", "jq", "A jq program has a syntax error."},
      {"E0202", "jq", "A jq program uses a function or a variable that is not defined."},
      {"E0203", "jq", "A jq program uses something newer than the engine on this machine."},
      {"W0203", "jq",
       "The condition of a filter is always true: it is one string, where single quotes were meant, or an "
       "assignment, where == was."},
      {"R0301", "", "A stage failed on a record. on_error= and --on-error decide what happens then."},
      {"R0302", "", "A line or value of the input is not valid JSON, or is too long."},
      {"E0902", "OSError",
       "What a sink has for its file or pipe could not be written. The file ends with a whole line; on_error=retry:N "
       "waits for room."},
      {"E0903", "OSError", "A checkpoint could not be written. The one before it holds."},
      {"E0904", "MemoryError", "There is no more memory than --max-memory, or the machine, gives."},
      {"E0901", "OSError", "A source, a sink or a file failed while the chain was running."},
  };
  return table;
}

const CodeInfo* find_code(std::string_view code) {
  const std::vector<CodeInfo>& table = code_table();
  const auto found = std::find_if(table.begin(), table.end(), [&](const CodeInfo& row) { return row.code == code; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace streamz
