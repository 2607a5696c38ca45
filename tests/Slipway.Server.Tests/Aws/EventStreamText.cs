using System.Buffers.Binary;
using System.Text;

namespace Slipway.Server.Tests.Aws;

/// <summary>Writes messages of <c>application/vnd.amazon.eventstream</c>, from the format's description alone.</summary>
internal static class EventStreamText
{
    public static byte[] Part(string payload) => Part(Encoding.UTF8.GetBytes(payload));

    public static byte[] Part(ReadOnlySpan<byte> payload) => Message(
        payload, (":event-type", "PayloadPart"), (":content-type", "application/octet-stream"), (":message-type", "event"));

    public static byte[] Exception(string type, string json) => Message(
        Encoding.UTF8.GetBytes(json), (":exception-type", type), (":content-type", "application/json"), (":message-type", "exception"));

    public static byte[] Error(string code, string message) => Message(
        [], (":error-code", code), (":error-message", message), (":message-type", "error"));

    public static byte[] Message(ReadOnlySpan<byte> payload, params (string Name, string Value)[] headers)
    {
        using var head = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            head.WriteByte((byte)name.Length);
            head.Write(Encoding.UTF8.GetBytes(name));
            head.WriteByte(7);
            var text = Encoding.UTF8.GetBytes(value);
            head.WriteByte((byte)(text.Length >> 8));
            head.WriteByte((byte)text.Length);
            head.Write(text);
        }
        var message = new byte[16 + head.Length + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), (int)head.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Crc(message.AsSpan(0, 8)));
        head.ToArray().CopyTo(message.AsSpan(12));
        payload.CopyTo(message.AsSpan(12 + (int)head.Length));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), Crc(message.AsSpan(0, message.Length - 4)));
        return message;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var value in bytes)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var isSet = ((crc ^ (uint)(value >> bit)) & 1) != 0;
                crc = isSet ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
            }
        }
        return ~crc;
    }
}
