// SPDX-License-Identifier: Apache-2.0
// Catch2, whichever version is installed.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Matchers::Contains;  // NOLINT: as version 2 has it
#else
#include <catch2/catch.hpp>
#endif
