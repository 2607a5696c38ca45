using System.Text.Json.Nodes;

namespace Slipway.Engine.Training.Data;

/// <summary>One line of a data file, read.</summary>
internal abstract record Example;

/// <summary>Text to learn as it stands.</summary>
internal sealed record PlainText(string Text) : Example;

/// <summary>A conversation whose answers are to be learned.</summary>
/// <param name="Messages">
/// As chat templates take them. An optional system message, then in turn a user's (or tools' results) and the assistant's;
/// the assistant has the last word. Contents are strings.
/// </param>
/// <param name="Tools">Descriptions of the tools that the assistant may call.</param>
/// <param name="EnableThinking">What the template is told about thinking; null says nothing.</param>
internal sealed record Conversation(IReadOnlyList<JsonObject> Messages, JsonArray? Tools, bool? EnableThinking) : Example;
