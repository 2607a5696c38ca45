using System.Numerics;
using System.Security.Cryptography;

namespace Slipway.Server.Platform.Auth;

/// <summary>
/// How a key is written: <c>sk-slip-</c>, 30 random characters out of 62 (178 bits), 6 characters of checksum.
/// The checksum tells a typing error from a key that is not valid any more; it is no secret.
/// </summary>
internal static class KeyText
{
    public const string Start = "sk-slip-";

    /// <summary>What is kept for display: 5 random characters tell keys apart and give nothing away.</summary>
    public const int PrefixLength = 13;

    private const int RandomLength = 30;
    private const int ChecksumLength = 6;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static string Create()
    {
        var body = Start + RandomNumberGenerator.GetString(Alphabet, RandomLength);
        return body + Checksum(body);
    }

    /// <summary>Whether a text that begins as our keys do is one of them, typed without error.</summary>
    public static bool IsWhole(ReadOnlySpan<char> text) =>
        text.Length == Start.Length + RandomLength + ChecksumLength
        && text.StartsWith(Start, StringComparison.Ordinal)
        && text[^ChecksumLength..].SequenceEqual(Checksum(text[..^ChecksumLength]));

    private static string Checksum(ReadOnlySpan<char> body)
    {
        var crc = uint.MaxValue;
        foreach (var character in body)
        {
            crc = BitOperations.Crc32C(crc, (ushort)character);
        }
        return string.Create(ChecksumLength, ~crc, static (text, rest) =>
        {
            for (var i = text.Length - 1; i >= 0; i--)
            {
                (rest, var digit) = Math.DivRem(rest, (uint)Alphabet.Length);
                text[i] = Alphabet[(int)digit];
            }
        });
    }
}
