using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Requests;

/// <summary>A request for embeddings.</summary>
/// <param name="Texts">What to embed.</param>
/// <param name="IsBase64">Whether vectors are written as base64 of little-endian singles.</param>
/// <param name="Dimensions">Values to keep of each vector; null keeps all.</param>
internal sealed record EmbeddingCall(IReadOnlyList<Prompt> Texts, bool IsBase64, int? Dimensions)
{
    private const int MostTexts = 2048;

    /// <summary>Reads the body of POST /v1/embeddings.</summary>
    public static EmbeddingCall Read(JsonField body)
    {
        const string Formats = "'float' or 'base64'";
        var format = body["encoding_format"].Text(Formats);
        return format is null or "float" or "base64"
            ? new EmbeddingCall(
                PromptFields.Read(body["input"], MostTexts), format == "base64", body["dimensions"].Integer32(1, 1 << 24))
            : throw body["encoding_format"].Wrong(Formats);
    }
}
