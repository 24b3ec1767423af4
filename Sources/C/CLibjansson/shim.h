// SPDX-License-Identifier: Apache-2.0
#ifndef CLIBJANSSON_SHIM_H
#define CLIBJANSSON_SHIM_H

#include <jansson.h>

#endif
