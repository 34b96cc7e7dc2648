#include "build_info.h"

#ifndef BATTLESCOPE_VERSION
#define BATTLESCOPE_VERSION "0.0.0"
#endif

const char *battlescope_version(void) { return BATTLESCOPE_VERSION; }
