-- The standard libraries as far as they reach the system: strings, numbers, files, time, environment.
print(string.format("%5d|%-5s|%05.1f|%q|%x|%a", 42, "ab", 3.14159, 'a "b"\n', 255, 1.0))
print(("hello world"):gsub("o", "0"), ("key = value"):match("^(%w+)%s*=%s*(%w+)$"), ("abc"):rep(3, "-"))
print(string.pack("<i4", 100000):byte(1, -1), (string.unpack("<d", string.pack("<d", 1.5))))
print(utf8.char(228, 8364, 128512), utf8.len("äöü"), #"äöü")
print(tonumber("0x1p4"), tonumber("  12  "), tonumber("1e1"), tonumber("z", 36), tonumber("8", 8), math.tointeger(3.0))
print(math.floor(-3.5), math.ceil(-3.5), math.fmod(-7, 3), math.ult(1, -1), string.format("%.14g", math.sin(1)))

local path = "/tmp/lua-libraries"
local file = assert(io.open(path, "w"))
print(file:write("line 1\n", 2, "\n", 3.5, "\n"), file:seek("cur"), file:close())
for line in io.lines(path) do io.write("[", line, "]") end
print()
file = assert(io.open(path, "r+"))
print(file:read("l", "n", "n"), file:seek("set", 5), file:read(1), file:seek("end"))
file:close()
print(os.rename(path, path .. ".2"), io.open(path), os.remove(path .. ".2"))
print(select(2, os.remove(path)))
print(os.time({year = 2024, month = 1, day = 1, hour = 12, isdst = false}) > 0, os.date("!%Y-%m-%d %H:%M:%S", 86400))
print(os.getenv("NO_SUCH_VARIABLE"), type(os.clock()), type(os.tmpname()))
table.sort(package.searchers, function() return false end)
print(#table.pack(table.unpack({1, 2, nil, 4}, 1, 4)), table.concat(table.move({1, 2, 3}, 1, 3, 2), ","))
