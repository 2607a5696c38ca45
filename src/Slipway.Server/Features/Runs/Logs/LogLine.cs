namespace Slipway.Server.Features.Runs.Logs;

/// <summary>A line of an attempt's output, as people see it.</summary>
/// <param name="Number">From 0, without gaps, within the attempt.</param>
/// <param name="Level">As its form tells.</param>
/// <param name="Text">Without colours; what cannot be shown is escaped as <c>\x1b</c>.</param>
/// <param name="Continued">Whether it goes on with the line before, which was longer than <see cref="LogRecord.MaxBytes"/>.</param>
internal sealed record LogLine(long Number, LineLevel Level, string Text, bool Continued);
