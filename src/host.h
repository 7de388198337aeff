// SPDX-License-Identifier: Apache-2.0
// The functions behind the public headers: what a stage calls. Goes in: calls on detail::Host. Goes
// out: calls on the strand, the door, the expressions. Tested through every stage.
#pragma once

#include "acks.h"
#include "node.h"

namespace streamz {

// Sets detail::host for the built-in stages; plugins get the same table when they are created.
void install_host();
const detail::Host& host_table();

// Emits a text made in this process, as one value. `place` is where it comes from.
bool emit_made_text(Node& node, std::string_view text, const detail::From& from, int port);
// The same for a source that made a text of what it read (a line as a string).
bool emit_read_text(Node& source, std::string_view text, const Place& place, int port);

}  // namespace streamz
