// SPDX-License-Identifier: Apache-2.0
// An object's text with one field changed: what stands before it, the new value, what stands behind it.
// The object itself is not made. Goes in: an object in a document and the path of a field. Goes out: text.
// Tested by tests/splice_test.cpp.
#pragma once

#include <span>

#include "parsed.h"

namespace streamz::expr {

// Appends the object with the field at `path`, which has at least one key, set to `fresh`, or without it when
// that is null. False, and nothing is appended, where the object has to be made after all: it has equal keys,
// keys with escapes or very many, or there is something else than an object on the way to the field.
bool splice(std::string& out, const Value& object_slice, std::span<const Value> path, const Value* fresh);

}  // namespace streamz::expr
