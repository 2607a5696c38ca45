using Slipway.Server.Platform.Hub;
using Slipway.Server.Platform.Hub.Downloads;
using Slipway.Server.Platform.Hub.Protocols;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Platform.Hub;

public sealed class SpanSetTests
{
    [Fact]
    public void What_touches_is_joined_and_the_gaps_are_missing()
    {
        var spans = new SpanSet();
        foreach (var (from, to) in new[] { (10, 20), (30, 40), (20, 25), (24, 31), (90, 100) })
        {
            spans.Add(new ByteSpan(from, to));
        }

        Assert.Equal([new(10, 40), new(90, 100)], spans.All);
        Assert.Equal([new(0, 10), new(40, 70), new(70, 90), new(100, 101)], spans.Missing(101, 30));
        Assert.Equal(40, spans.Total);
    }

    [Theory]
    [InlineData("done 0 5\ndone 7 9", 5)]
    [InlineData("done 0 5\nnonsense\ndone 9 7\ndone 90 2000\ndone -1 3\n", 5)]
    [InlineData("done 0 100\n", 100)]
    public void A_torn_or_damaged_journal_is_believed_as_far_as_it_is_one(string lines, long done)
    {
        using var data = new DataSite();
        var remote = new RemoteFile("x", 100, new string('c', 64));
        File.WriteAllText(data.In("x.part.journal"), $"slipway-part 1 100 {remote.Sha256}\n{lines}");
        File.WriteAllBytes(data.In("x.part"), new byte[100]);

        using var part = PartFile.Open(data.In("x"), remote);

        Assert.Equal(done, part.Done);
    }

    [Fact]
    public void A_journal_of_another_content_is_not_gone_on_with()
    {
        using var data = new DataSite();
        File.WriteAllText(data.In("x.part.journal"), $"slipway-part 1 100 {new string('d', 64)}\ndone 0 50\n");
        File.WriteAllBytes(data.In("x.part"), new byte[100]);

        using var part = PartFile.Open(data.In("x"), new RemoteFile("x", 100, new string('c', 64)));

        Assert.Equal(0, part.Done);
    }
}
