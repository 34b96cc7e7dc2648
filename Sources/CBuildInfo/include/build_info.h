// What the build knew about itself; Package.swift defines the values from git.
#ifndef BATTLESCOPE_BUILD_INFO_H
#define BATTLESCOPE_BUILD_INFO_H

// The version: a tag, or "0.0.0+" and the commit.
const char *battlescope_version(void);

#endif
