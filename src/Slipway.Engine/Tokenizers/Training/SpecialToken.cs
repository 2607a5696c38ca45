namespace Slipway.Engine.Tokenizers.Training;

/// <summary>A token that is not learned from texts but given.</summary>
/// <param name="Text">2 to 256 bytes of UTF-8.</param>
/// <param name="Kind">
/// <see cref="TokenKind.Control"/> steers the model; <see cref="TokenKind.UserDefined"/> is a part of what it writes.
/// </param>
public sealed record SpecialToken(string Text, TokenKind Kind);
