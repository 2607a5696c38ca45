using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Clients;

/// <summary>A model that thinks, seen through clients that tell thoughts from answers.</summary>
[Collection(nameof(ClientCollection))]
public sealed class ThinkingClientTests
{
    public static TheoryData<DoorKind> AllDoors => [.. Enum.GetValues<DoorKind>()];

    [Theory]
    [MemberData(nameof(AllDoors))]
    public async Task A_thought_is_told_apart_from_its_answer(DoorKind kind)
    {
        NodeProgram.CheckInstalled();
        await using var door = await Door.OpenAsync(kind, new ModelFile(opensThought: true));

        var results = await NodeProgram.RunAsync("thinking.mjs", door);

        Assert.All(results.EnumerateObject(), result =>
        {
            Assert.False(result.Value.TryGetProperty("failure", out var failure), $"{result.Name}: {failure}");
            Assert.NotEmpty(result.Value.Field("thought"));
            Assert.NotEmpty(result.Value.Field("text"));
            Assert.InRange(result.Value.GetProperty("tokens").GetInt32(), 200, 270);
        });
        var whole = results.GetProperty("openaiWhole");
        Assert.All(results.EnumerateObject(), result => Assert.Equal(
            (whole.Field("thought").Trim(), whole.Field("text").Trim()), (result.Value.Field("thought").Trim(), result.Value.Field("text").Trim())));
    }
}
