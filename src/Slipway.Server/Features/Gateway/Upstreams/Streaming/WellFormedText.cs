using System.Text;
using System.Text.Unicode;

namespace Slipway.Server.Features.Gateway.Upstreams.Streaming;

/// <summary>
/// Text that any client can decode. An upstream that gives out half of a character writes bytes that are no UTF-8; some clients
/// fail on the whole answer for one of them.
/// </summary>
internal static class WellFormedText
{
    /// <returns><paramref name="utf8"/> itself, or a copy with U+FFFD for what is no UTF-8: JSON's own signs stay where they are.</returns>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> utf8) =>
        Utf8.IsValid(utf8.Span) ? utf8 : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8.Span));
}
