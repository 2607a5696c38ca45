using System.Buffers.Binary;
using System.Text;
using Slipway.Server.Aws.EventStreams;

namespace Slipway.Server.Tests.Aws;

/// <summary>Messages that AWS's own client decoded, and what can be wrong with them.</summary>
public sealed class EventStreamReaderTests
{
    private static readonly byte[] Part = Convert.FromHexString(
        "0000007800000059be379d370b3a6576656e742d7479706507000b5061796c6f6164506172740d3a636f6e74656e742d747970650700186170706c69636174696f6e2f"
        + "6f637465742d73747265616d0d3a6d6573736167652d747970650700056576656e74646174613a207b2261223a317d0a0acfe55529");

    private static readonly byte[] Exception = Convert.FromHexString(
        "00000086000000638f3faab90f3a657863657074696f6e2d74797065070015496e7465726e616c53747265616d4661696c7572650d3a636f6e74656e742d7479706507"
        + "00106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b224d657373616765223a2022626f6f6d227de5d05bea");

    private static readonly byte[] Error = Convert.FromHexString(
        "000000750000006569c825010b3a6572726f722d636f646507000d496e7465726e616c4572726f720e3a6572726f722d6d657373616765070021416e20696e7465726e"
        + "616c20736572766572206572726f72206f636375727265640d3a6d6573736167652d747970650700056572726f72b014c750");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void What_the_stand_in_writes_is_what_others_read()
    {
        Assert.Equal(Part, EventStreamText.Part("data: {\"a\":1}\n\n"));
        Assert.Equal(Exception, EventStreamText.Exception("InternalStreamFailure", """{"Message": "boom"}"""));
        Assert.Equal(Error, EventStreamText.Error("InternalError", "An internal server error occurred"));
    }

    [Fact]
    public async Task Messages_are_read_however_the_bytes_arrive()
    {
        byte[] stream = [.. Part, .. Exception, .. Error];

        for (var step = 1; step <= stream.Length; step++)
        {
            using var reader = new EventStreamReader(new Trickle(stream, step));

            var part = (await reader.ReadAsync(Cancellation))!.Value;
            Assert.True(part.Says(":message-type"u8, "event"u8) && part.Says(":event-type"u8, "PayloadPart"u8));
            Assert.Equal("data: {\"a\":1}\n\n", Encoding.UTF8.GetString(part.Payload.Span));
            var exception = (await reader.ReadAsync(Cancellation))!.Value;
            Assert.Equal("InternalStreamFailure", exception.Text(":exception-type"u8));
            Assert.Equal("""{"Message": "boom"}""", Encoding.UTF8.GetString(exception.Payload.Span));
            var error = (await reader.ReadAsync(Cancellation))!.Value;
            Assert.Equal("An internal server error occurred", error.Text(":error-message"u8));
            Assert.Equal(0, error.Payload.Length);
            Assert.Null(await reader.ReadAsync(Cancellation));
        }
    }

    [Fact]
    public async Task Every_single_flipped_bit_is_noticed()
    {
        for (var bit = 0; bit < Part.Length * 8; bit++)
        {
            var damaged = Part.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            using var reader = new EventStreamReader(new MemoryStream(damaged));

            await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.ReadAsync(Cancellation));
        }
    }

    [Fact]
    public async Task A_stream_that_ends_inside_a_message_is_an_error_wherever_it_ends()
    {
        for (var length = 1; length < Part.Length; length++)
        {
            using var reader = new EventStreamReader(new MemoryStream(Part, 0, length));

            await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.ReadAsync(Cancellation));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(15, 0)]
    [InlineData(100, 90)]
    [InlineData(int.MaxValue, 0)]
    [InlineData(-1, 0)]
    [InlineData(-1, -1)]
    [InlineData(300_000, 200_000)]
    public async Task Lengths_that_cannot_be_are_refused_before_anything_is_read_or_reserved(int total, int headers)
    {
        var message = EventStreamText.Part("x");
        BinaryPrimitives.WriteInt32BigEndian(message, total);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), headers);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Crc32.Of(message.AsSpan(0, 8)));
        using var reader = new EventStreamReader(new MemoryStream(message));

        var error = await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.ReadAsync(Cancellation));

        Assert.Contains("are taken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Headers_of_every_type_are_passed_over_and_broken_ones_refused()
    {
        byte[] headers =
        [
            1, (byte)'a', 0, 1, (byte)'b', 1, 1, (byte)'c', 2, 9, 1, (byte)'d', 3, 9, 9, 1, (byte)'e', 4, 9, 9, 9, 9,
            1, (byte)'f', 5, 9, 9, 9, 9, 9, 9, 9, 9, 1, (byte)'g', 6, 0, 2, 9, 9, 1, (byte)'h', 8, 9, 9, 9, 9, 9, 9, 9, 9,
            1, (byte)'i', 9, .. new byte[16], 1, (byte)'j', 7, 0, 2, (byte)'o', (byte)'k',
        ];

        Assert.Equal("ok", new EventStreamFrame(headers, default).Text("j"u8));
        for (var length = 1; length < headers.Length; length++)
        {
            var cut = new EventStreamFrame(headers.AsMemory(0, length), default);
            Assert.Null(Record.Exception(() => cut.Text("zz"u8)) is null or InvalidDataException ? null : cut.ToString());
        }
        Assert.Throws<InvalidDataException>(() => new EventStreamFrame(new byte[] { 1, 97, 42 }, default).Text("z"u8));
    }

    /// <summary>Gives at most so many bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(step, buffer.Length)], cancellationToken);
    }
}
