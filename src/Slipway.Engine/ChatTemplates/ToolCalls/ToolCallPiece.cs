namespace Slipway.Engine.ChatTemplates.ToolCalls;

/// <summary>What a <see cref="ToolCallPiece"/> holds.</summary>
public enum ToolCallPieceKind
{
    /// <summary>Text of the answer.</summary>
    Text,

    /// <summary>A call begins; the text is the tool's name.</summary>
    Name,

    /// <summary>More of the call's arguments, as JSON.</summary>
    Arguments,
}

/// <summary>A part of a model's output.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Never empty.</param>
/// <param name="Call">Which call it belongs to, from 0 in order; −1 for text.</param>
public readonly record struct ToolCallPiece(ToolCallPieceKind Kind, string Text, int Call);
