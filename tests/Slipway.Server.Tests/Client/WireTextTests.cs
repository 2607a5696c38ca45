using System.Text.Json;
using Slipway.Client;

namespace Slipway.Server.Tests.Client;

public sealed class WireTextTests
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = WireText.Encoder };

    [Theory]
    [InlineData("你好，𠮷野家 😀 é <b>&'", "\"你好，𠮷野家 😀 é <b>&'\"")]
    [InlineData("a\"b\\c\nd\te\u0001f😀\"", """
        "a\"b\\c\nd\te\u0001f😀\""
        """)]
    [InlineData("", "\"\"")]
    public void Text_stands_as_itself_but_for_what_json_forbids(string text, string expected)
    {
        var json = JsonSerializer.Serialize(text, Options);

        Assert.Equal(expected, json);
        Assert.Equal(text, JsonSerializer.Deserialize<string>(json));
    }

    [Fact]
    public void Half_a_surrogate_pair_becomes_the_replacement_character()
    {
        var json = JsonSerializer.Serialize("x\ud83dy😀", Options);

        Assert.Equal("x\ufffdy😀", JsonSerializer.Deserialize<string>(json));
    }

    [Fact]
    public void Long_text_round_trips_wherever_an_escape_falls()
    {
        for (var length = 0; length < 70; length++)
        {
            var text = new string('字', length) + "\"😀\n" + new string('x', length);

            Assert.Equal(text, JsonSerializer.Deserialize<string>(JsonSerializer.SerializeToUtf8Bytes(text, Options)));
        }
    }
}
