// Promise P20: addresses that are not on the public internet, in whatever spelling.
#include "webhook/public_address.h"

#include <gtest/gtest.h>

namespace pointsman::webhook {
namespace {

constexpr std::string_view kPrivate[] = {
    // This host and network, loopback.
    "0.0.0.0", "0.1.2.3", "0.255.255.255", "127.0.0.1", "127.0.0.2", "127.1.1.1", "127.255.255.254", "::", "::1",
    "0:0:0:0:0:0:0:1", "0000:0000:0000:0000:0000:0000:0000:0001",
    // Private, shared, link-local with the metadata services of clouds, unique-local.
    "10.0.0.0", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.20.10.2", "172.31.255.255", "192.168.0.1",
    "192.168.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "169.254.0.1", "169.254.169.254",
    "169.254.170.2", "fe80::1", "FE80::1", "febf:ffff::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fdff:ffff::1",
    // Protocol assignments, relays, benchmarking, documentation.
    "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "2001:db8::1", "2001:2::1", "2001:10::1",
    "2001:20::1", "2001:1ff:ffff::1", "3fff::1", "3fff:fff::1", "3ffe::1", "100::1", "2620:4f:8000::1", "5f00::1",
    // Multicast, reserved, broadcast.
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.254", "255.255.255.255", "ff02::1", "ff0e::1", "4000::1",
    "8000::1",
    // IPv4 inside of IPv6: mapped, compatible, NAT64, 6to4, Teredo; whatever they hold.
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "::127.0.0.1",
    "::7f00:1", "::8.8.8.8", "64:ff9b::127.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "64:ff9b:1:ffff::a00:1",
    "2002:7f00:1::", "2002:0a00:0001::1", "2002:808:808::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"};

constexpr std::string_view kPublic[] = {"1.1.1.1",
                                        "8.8.8.8",
                                        "9.255.255.255",
                                        "11.0.0.0",
                                        "93.184.216.34",
                                        "100.63.255.255",
                                        "100.128.0.0",
                                        "126.255.255.255",
                                        "128.0.0.1",
                                        "169.253.255.255",
                                        "169.255.0.1",
                                        "172.15.255.255",
                                        "172.32.0.0",
                                        "191.255.255.255",
                                        "192.0.1.1",
                                        "192.0.3.1",
                                        "192.167.255.255",
                                        "192.169.0.0",
                                        "198.17.255.255",
                                        "198.20.0.0",
                                        "198.51.99.1",
                                        "203.0.112.1",
                                        "223.255.255.255",
                                        "2000::1",
                                        "2001:200::1",
                                        "2001:4860:4860::8888",
                                        "2606:2800:220:1::1",
                                        "2a00:1450:4001:81b::200e",
                                        "2003::1",
                                        "3fff:1000::1",
                                        "2620:4f:7fff::1"};

TEST(PublicAddress, P20RefusesEveryAddressThatIsNotPublic) {
  static_assert(std::size(kPrivate) >= 60);
  for (const std::string_view text : kPrivate) {
    const auto address = parse_ip(text);
    ASSERT_TRUE(address) << text;
    EXPECT_FALSE(is_public_address(*address)) << text;
    EXPECT_TRUE(why_host_is_not_public(text)) << text;
  }
}

TEST(PublicAddress, P20LetsThroughTheNeighboursOfEachBlock) {
  for (const std::string_view text : kPublic) {
    const auto address = parse_ip(text);
    ASSERT_TRUE(address) << text;
    EXPECT_TRUE(is_public_address(*address)) << text;
    EXPECT_FALSE(why_host_is_not_public(text)) << text;
  }
}

TEST(PublicAddress, P20TakesNoSpellingForAnAddressThatProgramsReadDifferently) {
  for (const std::string_view text : {"0x7f.1",
                                      "0x7f000001",
                                      "2130706433",
                                      "017700000001",
                                      "0177.0.0.1",
                                      "127.1",
                                      "127.0.1",
                                      "127.0.0.01",
                                      "0x7f.0.0.1",
                                      "127.0.0.0x1",
                                      "1.2.3.4.5",
                                      "256.0.0.1",
                                      "1.2.3.999",
                                      "1.2.3.",
                                      ".1.2.3",
                                      "1..2.3",
                                      "+1.2.3.4",
                                      " 127.0.0.1",
                                      "127.0.0.1 ",
                                      "1.2.3.4/8",
                                      "fe80::1%eth0",
                                      "::1%1",
                                      ":",
                                      ":::",
                                      "1::2::3",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "12345::",
                                      "::1:",
                                      ":1::",
                                      "::g",
                                      "::127.1",
                                      "1.2.3.4::",
                                      "::ffff:127.0.0.01",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "1:2:3:4:5:6:7::8",
                                      ""}) {
    EXPECT_FALSE(parse_ip(text)) << text;
    EXPECT_TRUE(why_host_is_not_public(text)) << text;
  }
}

TEST(PublicAddress, P20RefusesNamesOfTheMachineAndItsNetwork) {
  for (const std::string_view host :
       {"localhost", "LOCALHOST", "Localhost.localdomain", "a.b.localhost", "printer.local", "local", "db.internal",
        "metadata.google.internal", "router.lan", "wiki.intranet", "nas.home.arpa", "example.com.", "localhost.",
        "127.0.0.1.", "example.1", "example.0x", "example.com%00"}) {
    EXPECT_TRUE(why_host_is_not_public(host)) << host;
  }
  for (const std::string_view host : {"example.com", "hooks.example.com", "mylocalhost", "internal.example.com",
                                      "local.example", "1.example", "0x7f.example", "xn--nxasmq6b.example"}) {
    EXPECT_FALSE(why_host_is_not_public(host)) << host;
  }
}

TEST(PublicAddress, ReadsWhatItReadsAsEverybodyDoes) {
  const auto v4 = parse_ip("1.20.255.0");
  ASSERT_TRUE(v4);
  EXPECT_FALSE(v4->v6);
  EXPECT_EQ((std::array<std::uint8_t, 4>{v4->bytes[0], v4->bytes[1], v4->bytes[2], v4->bytes[3]}),
            (std::array<std::uint8_t, 4>{1, 20, 255, 0}));
  const IpAddress same = {{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0x0a, 1, 2, 3, 4}, true};
  EXPECT_EQ(parse_ip("2001:db8::a:1.2.3.4"), same);
  EXPECT_EQ(parse_ip("2001:DB8:0:0:0:A:102:304"), same);
  EXPECT_EQ(parse_ip("2001:0db8::000a:0102:0304"), same);
  EXPECT_EQ(parse_ip("1:2:3:4:5:6:7::")->bytes[14], 0);
}

}  // namespace
}  // namespace pointsman::webhook
