namespace Slipway.Server.Features.Runs.Logs;

/// <summary>Is told of what a run prints, in order, while it is indexed.</summary>
internal interface ILineSink
{
    /// <summary>A complete line: raw bytes without their end, at most <see cref="LogRecord.MaxBytes"/>, gone after the call.</summary>
    void Line(ReadOnlySpan<byte> line);

    /// <summary>A state of a progress bar, or an unfinished line at the end of the output; one may come twice.</summary>
    void Frame(ReadOnlySpan<byte> frame);
}
