namespace Slipway.Engine.ChatTemplates;

/// <summary>A part of a model's output.</summary>
/// <param name="IsThought">Whether it belongs to the thought.</param>
/// <param name="Text">Never empty, never a mark.</param>
public readonly record struct ReasoningPiece(bool IsThought, string Text);
