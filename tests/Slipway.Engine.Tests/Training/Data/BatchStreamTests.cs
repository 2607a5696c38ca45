using System.Text.Json;
using Slipway.Engine.Training.Data;

namespace Slipway.Engine.Tests.Training.Data;

public sealed class BatchStreamTests
{
    private const int Cutoff = 24;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_epoch_has_every_example_once_in_an_order_of_its_own(bool packing)
    {
        using var data = new Texts(50);
        var stream = data.Stream(packing);

        var first = ReadEpoch(stream);
        var second = ReadEpoch(stream);

        Assert.Equal(data.All.Order(), first.Order());
        Assert.Equal(data.All.Order(), second.Order());
        Assert.NotEqual(first, second);
        Assert.Equal(2, stream.Epoch);
    }

    [Fact]
    public void The_seed_alone_decides()
    {
        using var data = new Texts(50);

        var one = ReadEpoch(data.Stream(packing: true));
        var again = ReadEpoch(data.Stream(packing: true));
        var other = ReadEpoch(data.Stream(packing: true, seed: 2));

        Assert.Equal(one, again);
        Assert.NotEqual(one, other);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_restored_position_goes_on_with_the_same_batches(bool packing)
    {
        using var data = new Texts(50);
        var stream = data.Stream(packing);
        for (var i = 0; i < 100; i++)
        {
            var saved = JsonSerializer.Serialize(stream.Position);
            var expected = stream.Next().Select(example => example.Text());

            var restored = data.Stream(packing);
            restored.Position = JsonSerializer.Deserialize<DataPosition>(saved)!;

            Assert.Equal(expected, restored.Next().Select(example => example.Text()));
        }
    }

    [Fact]
    public void Packed_rows_are_filled_until_the_next_example_does_not_fit()
    {
        using var data = new Texts(50);
        var stream = data.Stream(packing: true, batchSize: 1);
        var batches = Enumerable.Range(0, stream.BatchesPerEpoch).Select(_ => stream.Next()).ToArray();

        Assert.Equal(1, stream.Epoch);
        Assert.All(batches, batch => Assert.True(batch.Sum(example => example.Tokens.Length) <= Cutoff));
        Assert.All(batches.Zip(batches.Skip(1)), pair =>
            Assert.True(pair.First.Sum(example => example.Tokens.Length) + pair.Second[0].Tokens.Length > Cutoff));
    }

    [Fact]
    public void Without_packing_a_row_is_an_example()
    {
        using var data = new Texts(10);
        var stream = data.Stream(packing: false, batchSize: 4);

        Assert.Equal(3, stream.BatchesPerEpoch);
        Assert.Equal([4, 4, 2, 4], Enumerable.Range(0, 4).Select(_ => stream.Next().Count));
    }

    [Fact]
    public void Evaluation_reads_in_order_and_leaves_the_position()
    {
        using var data = new Texts(10);
        var stream = data.Stream(packing: false, batchSize: 4);
        _ = stream.Next();
        var position = stream.Position;

        var batches = stream.InOrder().ToArray();

        Assert.Equal(data.All, batches.SelectMany(batch => batch).Select(example => example.Text()));
        Assert.Equal([4, 4, 2], batches.Select(batch => batch.Count));
        Assert.Equal(position, stream.Position);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 10)]
    public void A_position_that_is_not_there_is_refused(int epoch, int index)
    {
        using var data = new Texts(10);
        var stream = data.Stream(packing: true);

        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Position = new DataPosition(epoch, index));
    }

    [Fact]
    public void The_order_of_a_seed_never_changes()
    {
        Assert.Equal([1, 11, 5, 4, 3, 0, 10, 8, 6, 9, 7, 2], SeededOrder.Create(12, seed: 42, round: 3));
    }

    [Fact]
    public void Orders_are_even()
    {
        const int Count = 6, Rounds = 6000;
        var seen = new int[Count, Count];
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (place, value) in SeededOrder.Create(Count, seed: 1, round).Index())
            {
                seen[place, value]++;
            }
        }

        Assert.All(seen.Cast<int>(), times => Assert.InRange(times, 850, 1150)); // 1000 is the mean, 29 the deviation.
    }

    private static List<string> ReadEpoch(BatchStream stream)
    {
        var epoch = stream.Position.Epoch;
        List<string> texts = [];
        while (stream.Position.Epoch == epoch)
        {
            texts.AddRange(stream.Next().Select(example => example.Text()));
        }

        return texts;
    }

    /// <summary>Texts of 3 to 12 tokens, each its own.</summary>
    private sealed class Texts : IDisposable
    {
        private readonly Formats.TemporaryFile _file;
        private readonly ExampleSet _set;

        public Texts(int count)
        {
            var random = new Random(9);
            _file = ExampleSetTests.File([.. Enumerable.Range(0, count).Select(i => $$"""{"text": "{{i:00}}{{Digits(random)}}"}""")]);
            _set = ExampleSet.Open([_file.Path], TrainingTexts.TextEncoder(Cutoff), CancellationToken.None);
        }

        public string[] All => [.. Enumerable.Range(0, _set.Count).Select(index => _set[index].Text())];

        public BatchStream Stream(bool packing, int batchSize = 3, long seed = 1) => new(_set, batchSize, Cutoff, packing, seed);

        private static string Digits(Random random) => string.Concat(Enumerable.Range(0, random.Next(10)).Select(_ => random.Next(10)));

        public void Dispose()
        {
            _set.Dispose();
            _file.Dispose();
        }
    }
}
