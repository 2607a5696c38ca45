namespace Slipway.Engine.ChatTemplates;

/// <summary>A part of a model's output.</summary>
/// <param name="IsThought">It belongs to the reasoning, not to the answer.</param>
/// <param name="Text">Never empty; without the marks.</param>
public readonly record struct ReasoningPiece(bool IsThought, string Text);
