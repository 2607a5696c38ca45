namespace Slipway.Engine.Training.Data;

/// <summary>A conversation as the template writes it.</summary>
/// <param name="Text">All of it.</param>
/// <param name="Answers">Where in the text the learned parts are, in UTF-16 units, in order.</param>
internal sealed record RenderedConversation(string Text, IReadOnlyList<(int Start, int End)> Answers);
