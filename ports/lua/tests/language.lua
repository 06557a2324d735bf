-- The language itself: arithmetic, closures, metatables, coroutines, goto, integer and float formats, error handling.
print(2^53, 7 // 2, -7 // 2, 7 % -3, 7.5 // 2, 1 / 0, -1 / 0, 3 | 8, ~0, 1 << 62, 0x7fffffffffffffff + 1)
print(1e15, 1e16, 0.1, 1 / 3, 100 // 1e0, math.maxinteger, math.mininteger, 2^1023 * 2)

local function counter(start)
    local n = start
    return function(step) n = n + (step or 1); return n end
end
local count = counter(10)
print(count(), count(5), count())

local Point = {}
Point.__index = Point
Point.__add = function(a, b) return setmetatable({x = a.x + b.x}, Point) end
Point.__tostring = function(p) return "Point(" .. p.x .. ")" end
Point.__close = function(p) print("closed", p.x) end
print(tostring(setmetatable({x = 1}, Point) + setmetatable({x = 2}, Point)))
do
    local p <close> = setmetatable({x = 9}, Point)
    local limit <const> = 3
    for i = 1, limit do
        if i == 2 then goto continue end
        io.write(i, " ")
        ::continue::
    end
    print()
end

local generator = coroutine.wrap(function(...)
    local sum = 0
    for _, value in ipairs({...}) do sum = sum + coroutine.yield(value * 2) end
    return "sum", sum
end)
print(generator(1, 2, 3), generator(10), generator(20), generator(30))

print(pcall(error, {code = 5}, 0) == false, select("#", pcall(error)), select(2, pcall(error, "plain", 0)))
print(xpcall(function() local t = nil; return t.x end, function(message) return "handled: " .. message:match("attempt.*") end))
print(select(2, load("x = = 1", "chunk")))

local words = {}
for key, value in pairs({a = 1, b = 2, c = 3, 10, 20}) do words[#words + 1] = tostring(key) .. "=" .. tostring(value) end
table.sort(words)
print(table.concat(words, " "))

-- Half a million short-lived tables and strings: the collector has to work.
local kept = {}
for i = 1, 500000 do
    local t = {i, tostring(i)}
    if i % 50000 == 0 then kept[#kept + 1] = t[2] end
end
collectgarbage()
print(#kept, kept[10], collectgarbage("count") < 20000)
