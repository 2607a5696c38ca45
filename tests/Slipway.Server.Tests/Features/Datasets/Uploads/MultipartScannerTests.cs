using Slipway.Server.Features.Datasets.Uploads;

namespace Slipway.Server.Tests.Features.Datasets.Uploads;

public sealed class MultipartScannerTests
{
    private const string Boundary = "----formdata-edge-7a1b";

    // Around the length of a buffer, where a boundary may lie across two of them.
    public static TheoryData<int> Lengths =>
    [
        0, 1, 2, 100, (1 << 20) - 200, (1 << 20) - 120, (1 << 20) - 100, (1 << 20) - 90, (1 << 20) - 30, (1 << 20) - 26, (1 << 20) - 25, (1 << 20) - 1,
        1 << 20, (1 << 20) + 1, (2 << 20) - 4200, (2 << 20) - 130, (2 << 20) - 100,
        (2 << 20) - 60, (2 << 20) - 26, (2 << 20) - 1, 2 << 20, (2 << 20) + 1, (4 << 20) - 4200, (4 << 20) - 60, (5 << 20) + 12345,
    ];

    [Theory, MemberData(nameof(Lengths))]
    public async Task A_part_comes_out_as_it_went_in(int length)
    {
        var content = Tempting(length);
        using var body = new Drops([
            .. "ignored\r\n--"u8, .. Ascii(Boundary), .. "  \r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"u8, .. content,
            .. "\r\n--"u8, .. Ascii(Boundary), .. "--\r\nignored"u8,
        ]);

        var (heads, parts) = await ReadAllAsync(body);

        Assert.Equal([new PartHead("file", "a")], heads);
        Assert.True(content.AsSpan().SequenceEqual(parts[0]));
    }

    [Fact]
    public async Task Parts_without_headers_or_content_are_parts()
    {
        using var body = new Drops([
            .. "--"u8, .. Ascii(Boundary), .. "\r\n\r\nplain"u8,
            .. "\r\n--"u8, .. Ascii(Boundary), .. "\r\nX: y\r\n\r\n"u8,
            .. "\r\n--"u8, .. Ascii(Boundary), .. "\r\n\r\n\r\n--"u8, .. Ascii(Boundary), .. "--"u8,
        ]);

        var (_, parts) = await ReadAllAsync(body);

        Assert.Equal(["plain", "", ""], parts.Select(System.Text.Encoding.ASCII.GetString));
    }

    [Fact]
    public async Task Headers_without_an_end_are_refused()
    {
        using var body = new Drops([.. "--"u8, .. Ascii(Boundary), .. "\r\n"u8, .. new byte[100_000]]);

        var refused = await Assert.ThrowsAsync<UploadRefusedException>(() => ReadAllAsync(body));

        Assert.Contains("headers", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<(List<PartHead> Heads, List<byte[]> Parts)> ReadAllAsync(Stream body)
    {
        using var buffers = new UploadBuffers();
        var scanner = new MultipartScanner(body, Boundary, buffers);
        var (heads, parts) = (new List<PartHead>(), new List<byte[]>());
        while (await scanner.NextPartAsync(TestContext.Current.CancellationToken) is { } head)
        {
            heads.Add(head);
            using var content = new MemoryStream();
            // Written one call later, as an upload does.
            var before = ReadOnlyMemory<byte>.Empty;
            while (await scanner.ReadAsync(TestContext.Current.CancellationToken) is { IsEmpty: false } piece)
            {
                content.Write(before.Span);
                before = piece;
            }
            content.Write(before.Span);
            parts.Add(content.ToArray());
        }
        return (heads, parts);
    }

    /// <summary>Content that looks like the beginning of a boundary again and again.</summary>
    private static byte[] Tempting(int length)
    {
        var almost = "\r\n--"u8.ToArray().Concat(Ascii(Boundary)).SkipLast(1).ToArray();
        var content = new byte[length];
        for (var i = 0; i < length; i++)
        {
            content[i] = almost[i % almost.Length];
        }
        return content;
    }

    private static byte[] Ascii(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    /// <summary>A stream that gives little at a time, and never the same amount.</summary>
    private sealed class Drops(byte[] bytes) : MemoryStream(bytes)
    {
        private readonly Random _chance = new(5);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, _chance.Next(1, 50_000))], cancellationToken);
    }
}
