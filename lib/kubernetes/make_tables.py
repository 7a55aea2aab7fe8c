#!/usr/bin/env python3
"""Writes lists of fields as the C++ tables that tables.h declares: make_tables.py OUT.CC FIELDS.TXT...

Of a field that two lists have, the later one counts.
"""
import sys

SCALARS = {"string": "kString", "bytes": "kBytes", "bool": "kBool", "int32": "kInt32", "int64": "kInt64",
           "uint32": "kUint32", "double": "kDouble"}
META = "k8s.io.apimachinery.pkg.apis.meta.v1."
FORMS = {META + "Time": "kTime", META + "MicroTime": "kMicroTime", META + "Duration": "kDuration",
         META + "FieldsV1": "kJson", "k8s.io.apimachinery.pkg.runtime.RawExtension": "kJson",
         "k8s.io.apimachinery.pkg.api.resource.Quantity": "kQuantity",
         "k8s.io.apimachinery.pkg.api.resource.QuantityValue": "kQuantity",
         "k8s.io.apimachinery.pkg.util.intstr.IntOrString": "kIntOrString"}
# Types of apiextensions with a JSON form of their own, in each of its versions.
EXTENSIONS = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions."
EXTENSION_FORMS = {"JSON": "kJson", "JSONSchemaPropsOrBool": "kSchemaOrBool",
                   "JSONSchemaPropsOrArray": "kSchemaOrList", "JSONSchemaPropsOrStringArray": "kSchemaOrList"}


def form_of(name, fields):
    if name in FORMS: return FORMS[name]
    if name.startswith(EXTENSIONS): return EXTENSION_FORMS.get(name.rsplit(".", 1)[1], "kPlain")
    if len(fields) == 1 and fields[0]["name"] == "items" and "untagged" in fields[0]["flags"]: return "kItems"
    return "kPlain"


def read(paths):
    messages = {}  # by name: fields by number
    for path in paths:
        for line in open(path, encoding="utf-8"):
            if line.startswith("message "):
                fields = messages.setdefault(line.split()[1], {})
            elif line.startswith("  "):
                number, name, kind, *flags = line.split()
                fields[int(number)] = {"number": int(number), "name": name, "type": kind,
                                       "flags": set(",".join(flags).split(",")) - {""}}
    return {name: [fields[number] for number in sorted(fields)] for name, fields in messages.items()}


def row_of(field, numbers, ranks):
    kind, flags = field["type"], field["flags"]
    repeated, is_map = kind.startswith("[]"), kind.startswith("map:")
    kind = kind.removeprefix("[]").removeprefix("map:")
    inlined = "inline" in flags and field["name"] == "-"
    optional = "omitempty" in flags
    # A nil slice, map or pointer that is not left out prints as null.
    is_null = not optional and not inlined and (repeated or is_map or "ptr" in flags or kind == "bytes")
    traits = [name for name, holds in (
        ("kRepeated", repeated), ("kMap", is_map), ("kInline", inlined), ("kOmitEmpty", optional),
        ("kNullable", "ptr" in flags), ("kNullIfAbsent", is_null)) if holds]
    return (f'  {{{field["number"]}, {ranks[field["name"]]}, "{field["name"]}", '
            f'{"&kMessages[%d]" % numbers[kind] if kind in numbers else "nullptr"}, {len(field["name"])}, '
            f'Type::{SCALARS.get(kind, "kMessage")}, {" | ".join(traits) or "0"}}},')


def main():
    messages = read(sys.argv[2:])
    names = sorted(messages)
    numbers = {name: i for i, name in enumerate(names)}
    # Ranks are in the order of the names' bytes, with room between them for names of users' types.
    spellings = sorted({f["name"] for fields in messages.values() for f in fields} | {"apiVersion", "kind"})
    ranks = {name: f"RankAt({i})" for i, name in enumerate(spellings)}
    out = ["// Made by make_tables.py of fields.txt.", '#include "kubernetes/tables.h"', "",
           "namespace etcdf::kubernetes {", "", "extern const Message kMessages[];", "const Field kFields[] = {"]
    rows = []
    for name in names:
        fields = messages[name]
        first = len(rows)
        rows += [row_of(f, numbers, ranks) for f in fields]
        has_nulls = any("kNullIfAbsent" in row for row in rows[first:])
        messages[name] = (f'  {{"{name}", kFields + {first}, {len(name)}, {len(fields)}, '
                          f'Form::{form_of(name, fields)}, {"true" if has_nulls else "false"}}},')
    out += rows + ["};", "", "const Message kMessages[] = {", *(messages[name] for name in names), "};", "",
                   "const char* const kNames[] = {", *(f'  "{name}",' for name in spellings), "};", "",
                   "std::span<const Message> BuiltInMessages() { return kMessages; }",
                   "std::span<const char* const> BuiltInNames() { return kNames; }", "",
                   "}  // namespace etcdf::kubernetes"]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")


main()
