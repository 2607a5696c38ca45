using Slipway.Server.Processes;

namespace Slipway.Server.Features.Runs.Supervision;

/// <summary>Wakes the supervisor: a run was made, cancelled, or has ended.</summary>
internal sealed class RunBell(TimeProvider clock) : Bell(clock);
