// SPDX-License-Identifier: Apache-2.0
// The `files` extra: what is in this package.
#include <streamz/plugin.h>

#include "from_directory.h"
#include "tail.h"
#include "to_files.h"

STREAMZ_PLUGIN(streamz_files, "0.1.0", TailSource, FromDirectorySource, ToFilesSink)
