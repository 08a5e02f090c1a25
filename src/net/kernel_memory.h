// Bounds what the kernel keeps of a connection that one side feeds and the other does not read.
//
// Left alone it keeps megabytes of each, in its own memory (that of the container, too), and when its share for all of
// TCP is used up, connections stand still that nobody stopped. Two options of the socket; best effort. Any thread.
#pragma once

#include "net/channel.h"

namespace pointsman::net {

// A stream's text is a few KiB a second; 256 KiB for each round trip is enough for bodies.
inline constexpr int kMostUnread = 256 * 1024;
inline constexpr int kMostUnsent = 128 * 1024;

// What has come and was not read. Only before connecting: the scale of the window is agreed then (RFC 7323).
void bound_unread(Socket& socket);
// What was written and not sent yet, since the peer's window is full. What is under way is the peer's window.
void bound_unsent(Socket& socket);

}  // namespace pointsman::net
