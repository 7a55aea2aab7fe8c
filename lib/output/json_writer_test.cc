#include "output/json_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace etcdf::output {
namespace {

using std::string_view_literals::operator""sv;

TEST(JsonWriter, WritesObjectsArraysAndEveryKindOfValue) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Uint("uint", UINT64_MAX);
  json.Int("int", INT64_MIN);
  json.Bool("bool", true);
  json.Text("text", "é");
  json.HexId("id", 0xdd4516d4dada7384);
  json.Name("list");
  json.BeginArray();
  json.Uint(1);
  json.Null();
  json.EndArray();
  json.Raw("raw", R"({"a":1})");
  json.EndObject();
  json.EndLine();
  EXPECT_EQ(out,
            R"({"uint":18446744073709551615,"int":-9223372036854775808,"bool":true,"text":"é",)"
            R"("id":"dd4516d4dada7384","list":[1,null],"raw":{"a":1}})"
            "\n");
}

TEST(JsonWriter, IsReadyForTheNextLine) {
  std::string out;
  JsonWriter json(out);
  for (const uint64_t index : {1u, 2u}) {
    json.BeginObject();
    json.Uint("index", index);
    json.EndObject();
    json.EndLine();
  }
  EXPECT_EQ(out, "{\"index\":1}\n{\"index\":2}\n");
}

TEST(JsonWriter, EscapesWhatJsonDemands) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  json.Text("\"\\\n\x1b\0/"sv);
  json.EndArray();
  EXPECT_EQ(out, R"(["\"\\\n\u001B\u0000/"])");
}

// Every control character, at every place of a string that is long enough for any kind of search.
TEST(JsonWriter, NoControlCharacterStandsRaw) {
  for (size_t at = 0; at < 48; ++at) {
    for (int control = 0; control < 0x20; ++control) {
      std::string text(48, 'x');
      text[at] = static_cast<char>(control);
      std::string out;
      JsonWriter json(out);
      json.BeginArray();
      json.Text(text);
      json.EndArray();
      for (const char c : out)
        ASSERT_GE(static_cast<unsigned char>(c), 0x20) << at << " " << control;
    }
  }
}

TEST(JsonWriter, NothingThatSteersATerminalStandsRaw) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  json.Text("\x7f\u009b\u00a0\u202e\u2066\u200b\u061c\u0627");
  json.EndArray();
  EXPECT_EQ(out, "[\"\\u007F\\u009B\u00a0\\u202E\\u2066\u200b\\u061C\u0627\"]");
}

TEST(JsonWriter, TextThatIsNotUtf8IsEscapedInOctal) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  json.Text("a\xff\xc3\xa9");
  json.EndArray();
  EXPECT_EQ(out, R"(["a\\377\\303\\251"])");
}

TEST(JsonWriter, BytesThatAreNotUtf8AlsoStandAsBase64) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Bytes("plain", AsBytes("é\0"sv));
  json.Bytes("odd", AsBytes("ab\xff"));
  json.EndObject();
  EXPECT_EQ(out, R"({"plain":"é\u0000","odd":"ab\\377","odd_b64":"YWL/"})");
}

}  // namespace
}  // namespace etcdf::output
