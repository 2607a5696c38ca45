namespace Slipway.Server.Features.Runs.Logs;

/// <summary>What has to be known of the records before to judge the next one. Fits into two bytes of the index.</summary>
/// <param name="AfterReturn">The record before ended with a carriage return.</param>
/// <param name="Continued">The record before was cut, and this one goes on with it.</param>
/// <param name="InTraceback">A traceback has begun, and its exception was not named yet.</param>
/// <param name="Level">Of the line before.</param>
internal readonly record struct LineState(bool AfterReturn, bool Continued, bool InTraceback, LineLevel Level)
{
    public ushort Pack() => (ushort)((AfterReturn ? 1 : 0) | (Continued ? 2 : 0) | (InTraceback ? 4 : 0) | ((int)Level << 8));

    public static LineState Unpack(ushort packed) =>
        new((packed & 1) != 0, (packed & 2) != 0, (packed & 4) != 0, (LineLevel)((packed >> 8) & 3));
}
