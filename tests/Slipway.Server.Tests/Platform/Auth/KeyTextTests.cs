using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Tests.Platform.Auth;

public sealed class KeyTextTests
{
    [Fact]
    public void A_made_key_is_whole_and_no_two_are_alike()
    {
        var keys = Enumerable.Range(0, 1000).Select(_ => KeyText.Create()).ToHashSet();

        Assert.Equal(1000, keys.Count);
        Assert.All(keys, key =>
        {
            Assert.Matches("^sk-slip-[0-9A-Za-z]{36}$", key);
            Assert.True(KeyText.IsWhole(key));
        });
    }

    [Fact]
    public void A_key_with_any_one_character_mistyped_is_not_whole()
    {
        var key = KeyText.Create();

        for (var i = 0; i < key.Length; i++)
        {
            var mistyped = key[..i] + (key[i] == 'x' ? 'y' : 'x') + key[(i + 1)..];
            Assert.False(KeyText.IsWhole(mistyped), $"Position {i}.");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("sk-slip-")]
    [InlineData("EMPTY")]
    [InlineData("sk-slip-0000000000000000000000000000000000000000000000000000000000")]
    public void Other_texts_are_not_whole(string text) => Assert.False(KeyText.IsWhole(text));

    [Theory]
    [InlineData("30d", 30 * 86400)]
    [InlineData("12h", 12 * 3600)]
    [InlineData("45m", 45 * 60)]
    [InlineData("0s", 0)]
    public void Spans_are_read(string text, int seconds)
    {
        Assert.True(KeyExpiry.TryParseSpan(text, out var span));
        Assert.Equal(TimeSpan.FromSeconds(seconds), span);
    }

    [Theory]
    [InlineData("d")]
    [InlineData("-1d")]
    [InlineData("1.5h")]
    [InlineData("99999999d")]
    [InlineData("31/01/2027")]
    public void What_is_neither_a_span_nor_a_time_is_not_read(string text) => Assert.False(KeyExpiry.TryParse(text, default, out _));

    [Fact]
    public void A_date_is_its_beginning_in_utc()
    {
        Assert.True(KeyExpiry.TryParse("2027-01-31", default, out var time));
        Assert.Equal(new DateTimeOffset(2027, 1, 31, 0, 0, 0, TimeSpan.Zero), time);
    }
}
