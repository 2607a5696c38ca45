using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.HuggingFace;

namespace Slipway.Engine.Training.Checkpoints;

/// <summary>
/// <c>trainer_state.json</c> as bytes. It vouches for the other files, so it must vouch for itself too: its own hash is taken
/// with zeros where the hash stands.
/// </summary>
internal static class StateFile
{
    public const string Name = "trainer_state.json";

    /// <summary>A million log entries.</summary>
    private const int LongestFile = 256 << 20;

    private static readonly string Blank = new('0', SHA256.HashSizeInBytes * 2);

    public static byte[] Serialize(TrainerState state)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(state with { Sha256 = Blank }, TrainerStateJson.Default.TrainerState);
        var hash = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        hash.CopyTo(bytes.AsSpan(PlaceOfHash(bytes, Blank)));
        return bytes;
    }

    /// <exception cref="ModelFormatException">The file is damaged.</exception>
    public static TrainerState Read(string path)
    {
        var bytes = JsonFile.ReadBytes(path, LongestFile);
        var state = Parse(bytes, path);
        if (PlaceOfHash(bytes, state.Sha256) is var place && (place < 0 || state.Sha256.Length != Blank.Length))
        {
            throw Damaged(path);
        }
        Encoding.ASCII.GetBytes(Blank).CopyTo(bytes.AsSpan(place));
        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == state.Sha256 ? state : throw Damaged(path);
    }

    /// <summary>The last place: the hash is the record's last member, and what stands before it might be made to look like it.</summary>
    private static int PlaceOfHash(ReadOnlySpan<byte> json, string hash) => json.LastIndexOf(Encoding.UTF8.GetBytes(hash));

    private static TrainerState Parse(byte[] json, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(json, TrainerStateJson.Default.TrainerState) ?? throw Damaged(path);
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException($"'{path}' cannot be read: {exception.Message}", exception);
        }
    }

    private static ModelFormatException Damaged(string path) => new($"'{path}' is damaged: its hash is not that of its content.");
}
