#include "gateway/cache_directives.h"

#include <gtest/gtest.h>

namespace pointsman::gateway {
namespace {

using std::chrono::seconds;

CacheDirectives said(std::initializer_list<std::string_view> values) {
  http::FieldList fields;
  for (const std::string_view value : values) fields.add({"Cache-Control", value});
  return cache_directives(fields);
}

TEST(CacheDirectives, SayNothingUnlessTheyAreThere) {
  http::FieldList fields;
  fields.add({"pragma", "no-cache"});
  fields.add({"x-cache-control", "no-store"});
  const CacheDirectives none = cache_directives(fields);
  EXPECT_FALSE(none.no_cache);
  EXPECT_FALSE(none.no_store);
  EXPECT_FALSE(none.max_age);
}

TEST(CacheDirectives, AreReadInAnyCaseAndOrderAndFromSeveralFields) {
  EXPECT_TRUE(said({"no-cache"}).no_cache);
  EXPECT_TRUE(said({"NO-STORE"}).no_store);
  EXPECT_EQ(said({"max-age=60"}).max_age, seconds(60));
  const CacheDirectives all = said({"max-stale , Max-Age = \"5\"", " no-cache,no-transform,no-store"});
  EXPECT_TRUE(all.no_cache);
  EXPECT_TRUE(all.no_store);
  EXPECT_EQ(all.max_age, seconds(5));
}

TEST(CacheDirectives, WhatIsNoneIsPassedOver) {
  for (const std::string_view value : {"", ",", "=", "no-cached", "no", "x=\"no-store, no-cache\"", "max-age",
                                       "max-age=", "max-age=-1", "max-age=1x", "max-age=\"", "\"", "x=\"\\"}) {
    const CacheDirectives none = said({value});
    EXPECT_FALSE(none.no_cache || none.no_store || none.max_age) << value;
  }
  EXPECT_TRUE(said({"x=\"a\\\",b\", no-store"}).no_store);
}

TEST(CacheDirectives, AnAgeBeyondAllNumbersIsAVeryLongOne) {
  EXPECT_EQ(said({"max-age=99999999999999999999999"}).max_age, seconds(0x7fff'ffff));
  EXPECT_EQ(said({"max-age=9999999999"}).max_age, seconds(0x7fff'ffff));
  EXPECT_EQ(said({"max-age=0"}).max_age, seconds(0));
}

}  // namespace
}  // namespace pointsman::gateway
