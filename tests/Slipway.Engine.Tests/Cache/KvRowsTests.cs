using Slipway.Engine.Cache;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;

namespace Slipway.Engine.Tests.Cache;

public sealed unsafe class KvRowsTests
{
    private const int Tokens = KvPool.BlockTokens;

    public static TheoryData<KvFormat, int> Shapes => new()
    {
        { KvFormat.F16, 8 },
        { KvFormat.F16, 40 },
        { KvFormat.F16, 128 },
        { KvFormat.Q8, 32 },
        { KvFormat.Q8, 64 },
        { KvFormat.Q8, 96 },
        { KvFormat.Q8, 128 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Each_row_is_read_as_it_would_be_from_a_file(KvFormat format, int length)
    {
        var rows = RandomRows(length);

        var (keys, values) = WriteAndRead(KvRows.Create(format, length), rows);

        for (var token = 0; token < Tokens; token++)
        {
            var expected = FromFile(format, rows[token]);
            for (var i = 0; i < length; i++)
            {
                // A byte on the edge between two may fall either way: files round x / d, here it is x · (1 / d).
                var tolerance = format == KvFormat.Q8 ? expected.Step[i] * 1.1 : 0;
                Assert.Equal(expected.Values[i], keys[(i * Tokens) + token], tolerance);
                Assert.Equal(keys[(i * Tokens) + token], values[(token * length) + i]);
            }
        }
    }

    [Theory]
    [InlineData(32)]
    [InlineData(128)]
    public void In_Q8_nearly_every_value_has_the_bits_that_a_file_gives_it(int length)
    {
        var rows = RandomRows(length);

        var (_, values) = WriteAndRead(KvRows.Create(KvFormat.Q8, length), rows);

        var fromFile = rows.SelectMany(row => FromFile(KvFormat.Q8, row).Values);
        Assert.InRange(fromFile.Zip(values).Count(pair => pair.First != pair.Second), 0, values.Length / 1000);
    }

    [Theory]
    [InlineData(KvFormat.F16)]
    [InlineData(KvFormat.Q8)]
    public void Storing_a_row_changes_none_beside_it(KvFormat format)
    {
        var layout = KvRows.Create(format, 64);
        var rows = RandomRows(64);
        var (before, _) = WriteAndRead(layout, rows);
        rows[5] = [.. rows[5].Select(value => value * 100)];

        var (after, _) = WriteAndRead(layout, rows);

        for (var i = 0; i < before.Length; i++)
        {
            Assert.Equal(i % Tokens == 5, before[i] != after[i]);
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1e-30f)]
    [InlineData(60_000f)]
    [InlineData(4_000_000f)]
    public void Rows_of_one_magnitude_come_back(float value)
    {
        var rows = RandomRows(32);
        Array.Fill(rows[0], value);

        var (keys, _) = WriteAndRead(KvRows.Create(KvFormat.Q8, 32), rows);

        // A scale is a half: below 3e-8 it is zero, above that it is right to 11 bits.
        Assert.Equal(value < 1e-20f ? 0 : value, keys[0], value / 1000);
    }

    [Theory]
    [InlineData(KvFormat.F16)]
    [InlineData(KvFormat.Q8)]
    public void What_is_no_number_stays_none(KvFormat format)
    {
        var rows = RandomRows(32);
        rows[3][7] = float.NaN;

        var (keys, _) = WriteAndRead(KvRows.Create(format, 32), rows);

        Assert.True(float.IsNaN(keys[(7 * Tokens) + 3]));
        Assert.False(float.IsNaN(keys[(7 * Tokens) + 2]));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(40)]
    [InlineData(80)]
    public void Heads_that_do_not_fill_groups_are_refused_by_their_length(int length)
    {
        var fault = Assert.Throws<ModelFormatException>(() => KvRows.Create(KvFormat.Q8, length));

        Assert.Equal(
            $"The model has heads of {length} values; keys and values in q8_0 need a multiple of 32. f16 takes them.", fault.Message);
    }

    [Theory]
    [InlineData(KvFormat.F16, 16)]
    [InlineData(KvFormat.Q8, 8.5)]
    public void A_pool_takes_the_bits_of_its_format(KvFormat format, double bits)
    {
        using var pool = new KvPool(format, blocks: 3, layers: 2, heads: 5, headLength: 96);

        Assert.Equal(3 * 32 * 2 * 5 * 2 * 96 * bits / 8, pool.ByteSize);
        Assert.Equal(pool.ByteSize, pool.Values(2, 1, 4) + pool.Rows.ByteSize - pool.Keys(0, 0, 0));
    }

    [Fact]
    public void Names_are_found_again()
    {
        Assert.Equal(Enum.GetValues<KvFormat>().Select(format => format.Name()), KvFormatNames.All);
        Assert.All(Enum.GetValues<KvFormat>(), format => Assert.Equal(format, KvFormatNames.Find(format.Name().ToUpperInvariant())));
        Assert.All(new[] { null, "", "q8", "1" }, name => Assert.Null(KvFormatNames.Find(name)));
    }

    /// <summary>A row as a tensor of that format in a file gives it back, and the step between neighbouring values there.</summary>
    private static (float[] Values, double[] Step) FromFile(KvFormat format, float[] row)
    {
        var type = format == KvFormat.Q8 ? GgmlType.Q8_0 : GgmlType.F16;
        var values = new float[row.Length];
        fixed (byte* bytes = Quantizer.Encode(type, row))
        {
            Dequantizer.Row(new Matrix(bytes, type, 1, row.Length), 0, values);
        }
        var steps = row.Chunk(KvRowsQ8.Group).SelectMany(group => group.Select(_ => (double)group.Max(MathF.Abs) / 127));
        return (values, [.. steps]);
    }

    private static (float[] Keys, float[] Values) WriteAndRead(KvRows layout, float[][] rows)
    {
        var (keyBytes, valueBytes) = (new byte[layout.ByteSize], new byte[layout.ByteSize]);
        var (keys, values) = (new float[Tokens * layout.HeadLength], new float[Tokens * layout.HeadLength]);
        fixed (byte* keyPointer = keyBytes, valuePointer = valueBytes)
        fixed (float* wideKeys = keys, wideValues = values)
        {
            for (var token = 0; token < Tokens; token++)
            {
                fixed (float* row = rows[token])
                {
                    layout.StoreKey(row, keyPointer, token);
                    layout.StoreValue(row, valuePointer, token);
                }
            }
            layout.WidenKeys(keyPointer, wideKeys);
            layout.WidenValues(valuePointer, wideValues);
        }
        return (keys, values);
    }

    private static float[][] RandomRows(int length)
    {
        var random = new Random(length);
        return [.. Enumerable.Range(0, Tokens).Select(token =>
            Enumerable.Range(0, length).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(2, token - 10))).ToArray())];
    }
}
